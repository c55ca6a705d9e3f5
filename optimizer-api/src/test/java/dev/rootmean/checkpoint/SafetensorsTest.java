package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.floats;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.ScalarDevice;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written and read, beside what safetensors' own library writes. */
final class SafetensorsTest {
  /**
   * What {@code safetensors.numpy.save({"b": float32 [[1, 2], [3, 4]], "a": float64 [5]},
   * metadata={"format": "pt"})} gives, by the rules of its {@code tensor.rs}: compact JSON, larger
   * types first, then by name, filled up with spaces to a multiple of 8.
   */
  private static final String HEADER =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + "\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
          + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]}}";

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private static byte[] ofPython() {
    String padded = HEADER + " ".repeat(-HEADER.length() & 7);
    byte[] data =
        ByteBuffer.allocate(24)
            .put(new byte[] {0, 0, 0, 0, 0, 0, 0x14, 0x40})
            .put(floats(1, 2, 3, 4))
            .array();
    return bytes(padded, data);
  }

  @Test
  void writesWhatPythonWrites() throws IOException {
    DeviceBuffer a = backend.allocate(DataType.FLOAT64, 1);
    DeviceBuffer b = backend.allocate(DataType.FLOAT32, 4);
    a.write(new double[] {5});
    b.write(new float[] {1, 2, 3, 4});
    SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
    writer.add("b", List.of(2L, 2L), b);
    writer.add("a", List.of(1L), a);
    Path file = folder.resolve("model.safetensors");
    writer.write(file, Long.MAX_VALUE);
    assertArrayEquals(ofPython(), Files.readAllBytes(file));
  }

  @Test
  void readsWhatPythonWrites() throws IOException {
    DeviceBuffer b = backend.allocate(DataType.FLOAT32, 4);
    try (SafetensorsReader reader =
        SafetensorsReader.open(file(folder, "model.safetensors", ofPython()))) {
      assertEquals(Map.of("format", "pt"), reader.metadata());
      assertEquals("F64[1]", reader.tensors().get("a").toString());
      assertEquals(List.of(2L, 2L), reader.tensors().get("b").shape());
      reader.read("b", b);
    }
    float[] read = new float[4];
    b.read(read);
    assertArrayEquals(new float[] {1, 2, 3, 4}, read);
  }

  @Test
  void readsWhatOtherWritersMayWrite() throws IOException {
    String header =
        "{ \"z\" : {\"data_offsets\":[6,10],\"shape\":[],\"dtype\":\"I32\"},\n"
            + "\"\\u00e4\\ud83d\\ude00\\n\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[6,6]},"
            + "\"six\":{\"dtype\":\"F6_E2M3\",\"shape\":[8],\"data_offsets\":[0,6]},"
            + "\"__metadata__\":{}}\n ";
    try (SafetensorsReader reader =
        SafetensorsReader.open(file(folder, "x", bytes(header, new byte[10])))) {
      assertEquals(
          List.of("six", "ä\uD83D\uDE00\n", "z"), new ArrayList<>(reader.tensors().keySet()));
    }
    try (SafetensorsReader reader = SafetensorsReader.open(file(folder, "y", bytes("{}")))) {
      assertEquals(Map.of(), reader.tensors());
    }
  }

  @Test
  void namesAndTextsComeBack() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    String all = "\u0000\u001f \"\\/\b\f\n\r\t\u007f\u0080ä\u2028\uFFFF\uD83D\uDE00";
    texts.put(all, all.repeat(1000));
    texts.put("", "");
    SafetensorsWriter writer = new SafetensorsWriter(texts);
    DeviceBuffer buffer = backend.allocate(DataType.BFLOAT16, 3);
    writer.add(all, List.of(3L), buffer);
    Path file = folder.resolve("x");
    writer.write(file, Long.MAX_VALUE);
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertEquals(texts, reader.metadata());
      assertEquals("BF16[3]", reader.tensors().get(all).toString());
    }
  }

  @Test
  void piecesJoin() throws IOException {
    int length = SafetensorsReader.PIECE / Float.BYTES * 2 + 3;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i;
    }
    DeviceBuffer written = backend.allocate(DataType.FLOAT32, length);
    DeviceBuffer read = backend.allocate(DataType.FLOAT32, length);
    written.write(values);
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    writer.add("x", List.of((long) length), written);
    Path file = folder.resolve("x");
    writer.write(file, 1); // larger than a file may be: it cannot be split
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      reader.read("x", read);
    }
    float[] found = new float[length];
    read.read(found);
    assertArrayEquals(values, found);
  }

  @Test
  void splitsIntoFilesWithAnIndex() throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
    for (String name : List.of("d", "c", "b", "a")) {
      DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, 2);
      buffer.write(new float[] {name.charAt(0), 0});
      writer.add(name, List.of(2L), buffer);
    }
    Path file = folder.resolve("model.safetensors");
    writer.write(file, 23);
    assertEquals(
        """
        {
          "metadata": {
            "total_size": 32
          },
          "weight_map": {
            "a": "model-00002-of-00002.safetensors",
            "b": "model-00002-of-00002.safetensors",
            "c": "model-00001-of-00002.safetensors",
            "d": "model-00001-of-00002.safetensors"
          }
        }
        """,
        Files.readString(folder.resolve("model.safetensors.index.json"), StandardCharsets.UTF_8));
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertEquals(Map.of("format", "pt"), reader.metadata());
      DeviceBuffer read = backend.allocate(DataType.FLOAT32, 2);
      for (String name : List.of("a", "b", "c", "d")) {
        reader.read(name, read);
        float[] found = new float[2];
        read.read(found);
        assertEquals(name.charAt(0), found[0]);
      }
    }
  }

  @Test
  void whatCannotBeReadAgainIsNotWritten() throws CheckpointException {
    DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, 1);
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    List<Long> shape = List.of(1L);
    assertThrows(CheckpointException.class, () -> writer.add("__metadata__", shape, buffer));
    assertThrows(CheckpointException.class, () -> writer.add("x".repeat(70_000), shape, buffer));
    assertThrows(
        CheckpointException.class, () -> writer.add("x", Collections.nCopies(65, 1L), buffer));
    writer.add("\uD83D", shape, buffer);
    assertThrows(CheckpointException.class, () -> writer.write(folder.resolve("x"), 4));
  }

  /** A folder that is not empty, in the place of the file, cannot be removed. */
  @Test
  void aFailureIsNotHiddenByOneOfRemovingWhatWasWritten() throws IOException {
    IllegalStateException failure = new IllegalStateException("the device is lost");
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    writer.add(
        "x",
        List.of(1L),
        DataType.FLOAT32,
        (offset, bytes) -> {
          File unfinished = folder.toFile().listFiles()[0];
          assertTrue(unfinished.delete() && new File(unfinished, "x").mkdirs());
          throw failure;
        });
    assertSame(
        failure,
        assertThrows(
            IllegalStateException.class, () -> writer.replace(folder.resolve("x.safetensors"))));
    assertEquals(1, failure.getSuppressed().length);
  }

  /** A thread that is interrupted writes no more; the exception of that has no words. */
  @Test
  void whatCannotBeWrittenIsToldWithItsFile() throws IOException {
    Path before = file(folder, "x.safetensors", new byte[] {1});
    SafetensorsWriter writer = new SafetensorsWriter(Map.of());
    Pieces interrupting =
        (offset, bytes) -> {
          bytes.position(bytes.limit());
          Thread.currentThread().interrupt();
        };
    writer.add("w", List.of(2L), DataType.FLOAT32, interrupting);
    FileSystemException told =
        assertThrows(FileSystemException.class, () -> writer.replace(before));
    assertTrue(Thread.interrupted());
    assertTrue(told.getFile().startsWith(folder + "/.x.safetensors."), told.getFile());
    assertEquals("java.nio.channels.ClosedByInterruptException", told.getReason());
    assertArrayEquals(new String[] {"x.safetensors"}, folder.toFile().list());
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(before));
  }
}
