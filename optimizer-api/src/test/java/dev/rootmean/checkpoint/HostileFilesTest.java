package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.one;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Files that lie: one line each, soon, and with little memory. */
final class HostileFilesTest {
  private static final long MOST_MEMORY = 1_000_000;
  private static final Duration LONGEST = Duration.ofMillis(50);

  @TempDir private Path folder;

  /** Words of a line, and the file that is to give it. */
  @TestFactory
  Stream<DynamicTest> eachIsToldInOneLine() throws IOException {
    Path good = file(folder, "good", one("U8", "[8]", "[0,8]"));
    SafetensorsReader.open(good).close(); // what is loaded now is not counted below
    byte[] none = {};
    String x = tensor("x", "U8", "[4]", "[0,4]");
    String y = tensor("y", "U8", "[4]", "[2,6]");
    return Stream.of(
        // lengths
        hostile("has 0 bytes: expected at least the 8", none),
        hostile("has 7 bytes: expected at least the 8", new byte[7]),
        hostile("says that its header has 9223372036854775808 bytes", bytes(Long.MIN_VALUE, none)),
        hostile("18446744073709551615 bytes: expected at most 100000000", bytes(-1, none)),
        hostile("100000001 bytes: expected at most 100000000", bytes(100_000_001, new byte[7])),
        hostile(
            "says that its header has 100000000 bytes, and has 15 in all",
            bytes(100_000_000, new byte[7])),
        hostile("there is the end: expected '{' at once", bytes("")),
        // JSON
        hostile("there is '[': expected '{' at once", bytes("[]")),
        hostile("there is a byte of value 32: expected '{' at once", bytes(" {}")),
        hostile("there is a byte of value 239", bytes("\uFEFF{}")),
        hostile("there is '}': expected nothing but spaces", bytes("{}}")),
        hostile("there is a byte of value 0: expected nothing but spaces", bytes("{}\0")),
        hostile(
            "there is '}': expected '\"'", bytes("{" + tensor("x", "U8", "[8]", "[0,8]") + ",}")),
        hostile("there is '1': expected '\"'", bytes("{1:2}")),
        hostile("there is '\"': expected '{'", bytes("{\"x\":\"y\"}")),
        hostile("there is 'n': expected '{'", bytes("{\"__metadata__\":null}")),
        hostile("there is '1': expected '\"'", bytes("{\"__metadata__\":{\"x\":1}}")),
        hostile("the end: expected the rest of a string", bytes("{\"x")),
        hostile("a byte of value 10: expected the rest of a string", bytes("{\"x\n\":1}")),
        hostile("there is 'x': expected one of", bytes("{\"\\x\":1}")),
        hostile("expected four hexadecimal digits", bytes("{\"\\u00g0\":1}")),
        hostile("half of a surrogate pair", bytes("{\"\\ud83d\":1}")),
        hostile("half of a surrogate pair: expected both", bytes("{\"\\ude00\\ud83d\":1}")),
        hostile("half of a surrogate pair: expected both halves", bytes("{\"\\ud83d\\ud83d\":1}")),
        hostile("not UTF-8", bytes(5, new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"'})),
        hostile(
            "not UTF-8: expected",
            bytes(6, new byte[] {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'})),
        hostile("not UTF-8: expected UTF-8", bytes(4, new byte[] {'{', '"', (byte) 0xE4, '"'})),
        hostile("a string of more than 65536 bytes", bytes("{\"" + "a".repeat(70_000) + "\":1}")),
        // names
        hostile("there is a second \"x\"", bytes("{" + x + "," + x + "}", new byte[8])),
        hostile("a second \"x\": expected each", bytes("{" + x + ",\"\\u0078\":" + "{}}")),
        hostile("a second \"__metadata__\"", bytes("{\"__metadata__\":{},\"__metadata__\":{}}")),
        hostile("a second \"k\"", bytes("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}")),
        hostile("a second \"dtype\"", bytes("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}")),
        hostile("a field \"\\u{1b}[31m\"", bytes("{\"x\":{\"\\u001b[31m\":1}}")),
        hostile("tensor \"x\" without all it needs", bytes("{\"x\":{}}")),
        hostile(
            "\"x\" without all", bytes("{\"x\":{\"dtype\":\"U8\",\"shape\":[8]}}", new byte[8])),
        // types and shapes
        hostile("tensor \"x\" has the dtype \"f32\"", one("f32", "[2]", "[0,8]")),
        hostile("has the dtype \"F32\\u{0}\"", one("F32\\u0000", "[2]", "[0,8]")),
        hostile("is F4[15] in 8 bytes: expected elements that fill", one("F4", "[15]", "[0,8]")),
        hostile(
            "is F4[1] in -1 bytes: expected elements that fill whole bytes",
            bytes(
                "{"
                    + tensor("w", "F32", "[2]", "[0,8]")
                    + ","
                    + tensor("x", "F4", "[1]", "[8,7]")
                    + "}",
                new byte[7])),
        hostile("is F32[3] in 8 bytes: expected 12 bytes", one("F32", "[3]", "[0,8]")),
        hostile("is F32[] in 8 bytes: expected 4 bytes", one("F32", "[]", "[0,8]")),
        hostile("is F32[2, 0] in 8 bytes: expected 0 bytes", one("F32", "[2,0]", "[0,8]")),
        hostile("fewer than 2^63 bits", one("U8", "[4294967296,4294967296]", "[0,0]")),
        hostile("expected fewer than 2^63", one("F64", "[2305843009213693953]", "[0,8]")),
        hostile("[4294967296, 4294967296, 0]", one("U8", "[4294967296,4294967296,0]", "[0,0]")),
        hostile("a number of 2^63 or more", one("U8", "[9223372036854775808]", "[0,8]")),
        hostile("2^63 or more: expected", one("U8", "[18446744073709551624]", "[0,8]")),
        hostile("there is '-': expected a whole number", one("U8", "[-8]", "[0,8]")),
        hostile("there is '.': expected ',' or ']'", one("U8", "[8.0]", "[0,8]")),
        hostile("there is 'e': expected ',' or ']'", one("U8", "[8e0]", "[0,8]")),
        hostile("a number that begins with 0", one("U8", "[08]", "[0,8]")),
        hostile("there is '\"': expected a whole number", one("U8", "[\"8\"]", "[0,8]")),
        hostile("there is '[': expected a whole number", one("U8", "[".repeat(90_000), "[0,8]")),
        hostile("more than 64 dimensions", one("U8", "[8" + ",1".repeat(40_000) + "]", "[0,8]")),
        // places
        hostile("one of more than 2 offsets", one("U8", "[8]", "[0,8,8]")),
        hostile("\"x\" without all it needs: expected dtype", one("U8", "[8]", "[0]")),
        hostile("is U8[8] in -8 bytes: expected 8", one("U8", "[8]", "[8,0]")),
        hostile(
            "begins at byte 9223372036854775807",
            one("U8", "[0]", "[9223372036854775807,9223372036854775807]")),
        hostile("15 in all", bytes(8, new byte[7])),
        hostile("tensor \"y\" begins at byte", bytes("{" + x + "," + y + "}", new byte[6])),
        hostile("where the one before ends", bytes("{" + y + "}", new byte[6])),
        hostile("where the last tensor ends", bytes("{" + x + "}", new byte[5])),
        hostile(
            "121, where the last tensor ends",
            bytes("{" + x + "," + y.replace("2,6", "4,8") + "}", new byte[1])));
  }

  private DynamicTest hostile(String words, byte[] bytes) {
    return DynamicTest.dynamicTest(words, () -> refused(words, file(folder, "hostile", bytes)));
  }

  private static void refused(String words, Path file) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long memory = threads.getThreadAllocatedBytes(thread);
    long start = threads.getCurrentThreadCpuTime(); // others may be at work, too
    CheckpointException told =
        assertThrows(CheckpointException.class, () -> SafetensorsReader.open(file));
    Duration took = Duration.ofNanos(threads.getCurrentThreadCpuTime() - start);
    long allocated = threads.getThreadAllocatedBytes(thread) - memory;
    String message = told.getMessage();
    assertTrue(message.contains(words) && message.contains(file.toString()), message);
    assertTrue(message.length() < 500 && message.contains(": expected "), message);
    assertFalse(message.chars().anyMatch(c -> c < ' '), message);
    assertTrue(allocated < MOST_MEMORY, () -> allocated + " bytes");
    assertTrue(took.compareTo(LONGEST) < 0, took::toString);
  }

  @Test
  void aLongHeaderOfNothingIsNotRead() throws IOException {
    Path file = folder.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(bytes(100_000_000, new byte[] {'{', '"'}));
      sparse.setLength(200_000_000);
    }
    refused("a byte of value 0", file);
  }

  @Test
  void aFolderAndNothingAreTold() {
    refused("is no regular file", folder);
    assertThrows(NoSuchFileException.class, () -> SafetensorsReader.open(folder.resolve("none")));
  }

  @Test
  void aFileThatBecomesShorterIsTold() throws IOException {
    Path file = file(folder, "x", one("F32", "[2]", "[0,8]"));
    try (SafetensorsReader reader = SafetensorsReader.open(file);
        RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
      other.setLength(other.length() - 1);
      FileSystemException told = // no CheckpointException: that promises that nothing was loaded
          assertThrows(FileSystemException.class, () -> reader.read("x", (offset, piece) -> {}));
      assertEquals(file.toString(), told.getFile());
      assertTrue(told.getMessage().contains("somebody changes it"), told.getMessage());
    }
  }
}
