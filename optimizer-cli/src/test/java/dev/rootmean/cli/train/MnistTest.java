package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.Rootmean;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-jdk")
class MnistTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path directory;

  /** Three training images and one test image of 2×2 pixels. */
  @BeforeEach
  void writeGoodFiles() throws IOException {
    write(IMAGES, idx(0x0803, new int[] {3, 2, 2}, 0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8));
    write(LABELS, idx(0x0801, new int[] {3}, 7, 0, 9));
    write("t10k-images-idx3-ubyte", idx(0x0803, new int[] {1, 2, 2}, 9, 8, 7, 6));
    write("t10k-labels-idx1-ubyte", idx(0x0801, new int[] {1}, 4));
  }

  @Test
  void readsPlainFiles() {
    Digits digits = Mnist.read(directory);
    assertEquals(3, digits.train().count());
    assertEquals(1, digits.test().count());
    assertEquals(7, digits.train().label(0));
    assertEquals(9, digits.train().label(2));
    assertEquals(4, digits.test().label(0));
    float[] pixels = new float[5];
    digits.train().copyTo(pixels, 1, 0);
    assertArrayEquals(new float[] {0, 0, 0.2f, 0.4f, 1}, pixels, 1e-6f);
  }

  @Test
  void aDeviceLearnsFromThem() throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    String options = "train --gradients device --backend opencl:Portable --epochs 2 --json --data ";
    JsonNode json = Run.of((options + directory).split(" ", -1)).json();
    assertEquals((4 + 1) * 128 + (128 + 1) * 64 + (64 + 1) * 10, json.get("parameters").asInt());
    assertTrue(json.get("finalLoss").asDouble() < Math.log(10), json.toString());
  }

  @Test
  void readsCompressedFiles() throws IOException {
    compress(IMAGES);
    compress("t10k-labels-idx1-ubyte");
    assertEquals(3, Mnist.read(directory).train().count());
  }

  @Test
  void theNameDoesNotSayWhetherAFileIsCompressed() throws IOException {
    compress(IMAGES);
    move(IMAGES + ".gz", IMAGES);
    move(LABELS, LABELS + ".gz");
    assertEquals(3, Mnist.read(directory).train().count());
  }

  /** As 7-Zip, macOS and Kaggle unpack them, the last with a folder of the other name. */
  @Test
  void readsNamesWithADot() throws IOException {
    move(IMAGES, "train-images.idx3-ubyte");
    move(LABELS, "train-labels.idx1-ubyte");
    Files.createDirectory(directory.resolve(IMAGES));
    assertEquals(3, Mnist.read(directory).train().count());
  }

  @Test
  void readsThemWherePyTorchPutsThem() throws IOException {
    Path raw = Files.createDirectories(directory.resolve("MNIST/raw"));
    for (String name : List.of("train", "t10k")) {
      move(name + "-images-idx3-ubyte", raw + "/" + name + "-images-idx3-ubyte");
      move(name + "-labels-idx1-ubyte", raw + "/" + name + "-labels-idx1-ubyte");
    }
    assertEquals(3, Mnist.read(directory).train().count());
  }

  @Test
  void wantsADirectory() {
    Path missing = directory.resolve("missing");
    assertComplaint(missing, "missing does not exist: expected a directory with " + IMAGES);
    assertComplaint(directory.resolve(IMAGES), "is no directory: expected");
  }

  @Test
  void saysWhatIsThereInPlaceOfAFile(@TempDir Path empty) throws IOException {
    move("t10k-labels-idx1-ubyte", "emnist\ndigits");
    assertComplaint(
        "t10k-labels-idx1-ubyte is missing, plain or .gz; there is emnist\\u000adigits,"
            + " t10k-images-idx3-ubyte, "
            + IMAGES);
    for (int i = 0; i < 4; i++) {
      write("z" + i, new byte[0]);
    }
    assertComplaint(LABELS + ", z0 and 3 more");
    assertComplaint(empty, "there is nothing");
  }

  @Test
  void saysWhatIsInAFileInPlaceOfImages() throws IOException {
    write(IMAGES, "\r\n<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8));
    assertComplaint(IMAGES + " is an HTML page, not IDX: download it again");
    write(IMAGES, "PK\3\4 and more".getBytes(StandardCharsets.UTF_8));
    assertComplaint(IMAGES + " is an archive, not IDX");
    compress(IMAGES);
    assertComplaint(IMAGES + ".gz is an archive, not IDX");
  }

  @Test
  void saysThatAFileIsCompressedTwice() throws IOException {
    compress(IMAGES);
    compress(IMAGES + ".gz");
    move(IMAGES + ".gz.gz", IMAGES);
    assertComplaint(IMAGES + " is a gzip file within a gzip file");
  }

  /** It would wait for somebody who writes. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void readsNoNamedPipe() throws Exception {
    Path pipe = directory.resolve(LABELS);
    Files.delete(pipe);
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    assertTimeoutPreemptively(
        Duration.ofSeconds(60), () -> assertComplaint("it is no regular file"));
  }

  @Test
  void comparesTheHeadersBeforeItReadsWhatIsBehind() throws IOException {
    write(LABELS, idx(0x0801, new int[] {Integer.MAX_VALUE - 8}));
    assertComplaint("3 images, " + LABELS + " 2147483639 labels");
    write(LABELS, idx(0x0801, new int[] {3}));
    write("t10k-images-idx3-ubyte", idx(0x0803, new int[] {1, 1, 2}));
    assertComplaint("a training image has 4 pixels, a test image 2");
  }

  /** A few thousand bytes that become many millions. */
  @Test
  void imagesThatDoNotFitAreBadInput() throws IOException {
    int images = 1 << 16;
    write(LABELS, idx(0x0801, new int[] {images}, new int[images]));
    ByteBuffer bytes = ByteBuffer.allocate(16 + (images << 10));
    bytes.putInt(0x0803).putInt(images).putInt(32).putInt(32);
    write(IMAGES, bytes.array());
    compress(IMAGES);
    write("t10k-images-idx3-ubyte", idx(0x0803, new int[] {1, 32, 32}, new int[1024]));
    ChildJvm.Outcome outcome =
        ChildJvm.of(Rootmean.class)
            .option("-Xmx48m")
            .run("train", "--backend", "cpu", "--data", directory.toString());
    assertEquals(2, outcome.status(), outcome.text());
    assertTrue(outcome.text().contains("the images do not fit into this JVM's "), outcome.text());
    assertEquals(1, outcome.text().lines().count(), outcome.text());
  }

  @Test
  void wantsTheMagicNumber() throws IOException {
    write(IMAGES, idx(0x0801, new int[] {3, 2, 2}, new int[12]));
    assertComplaint(IMAGES + " has magic number 0x00000801: expected 0x00000803");
  }

  @Test
  void wantsEveryByte() throws IOException {
    write(IMAGES, idx(0x0803, new int[] {3, 2, 2}, new int[11]));
    assertComplaint(IMAGES + " is truncated: it has 11 bytes of 12");
  }

  @Test
  void wantsAWholeHeader() throws IOException {
    write(LABELS, new byte[] {0, 0, 8, 1, 0});
    assertComplaint(LABELS + " is truncated");
    write(LABELS, new byte[0]);
    assertComplaint(LABELS + " is truncated");
  }

  @Test
  void wantsNothingBehindTheLastByte() throws IOException {
    write(LABELS, idx(0x0801, new int[] {3}, 1, 2, 3, 4));
    assertComplaint(LABELS + " goes on after the 3 bytes");
  }

  @Test
  void wantsDimensionsThatCanBe() throws IOException {
    write(IMAGES, idx(0x0803, new int[] {0, 2, 2}));
    assertComplaint(IMAGES + " has a dimension of 0");
    write(IMAGES, idx(0x0803, new int[] {3, -2, 2}));
    assertComplaint(IMAGES + " has a dimension of -2");
    write(IMAGES, idx(0x0803, new int[] {1 << 30, 1 << 30, 1 << 30}));
    assertComplaint(IMAGES + " announces more than 2147483639 bytes");
    write(LABELS, idx(0x0801, new int[] {Integer.MAX_VALUE - 7}));
    write(IMAGES, idx(0x0803, new int[] {3, 2, 2}));
    assertComplaint(LABELS + " announces more than 2147483639 bytes");
  }

  @Test
  void wantsALabelForEachImage() throws IOException {
    write(LABELS, idx(0x0801, new int[] {2}, 1, 2));
    assertComplaint("3 images, " + LABELS + " 2 labels");
  }

  @Test
  void wantsDigitsAsLabels() throws IOException {
    write(LABELS, idx(0x0801, new int[] {3}, 1, 10, 2));
    assertComplaint(LABELS + " has the label 10");
    write(LABELS, idx(0x0801, new int[] {3}, 1, 255, 2));
    assertComplaint(LABELS + " has the label 255");
  }

  @Test
  void wantsTestImagesOfTheSameSize() throws IOException {
    write("t10k-images-idx3-ubyte", idx(0x0803, new int[] {1, 1, 2}, 9, 8));
    assertComplaint("a training image has 4 pixels, a test image 2");
  }

  @Test
  void wantsAWholeGzipFile() throws IOException {
    compress(IMAGES);
    byte[] whole = Files.readAllBytes(directory.resolve(IMAGES + ".gz"));
    write(IMAGES + ".gz", Arrays.copyOf(whole, whole.length - 10));
    assertComplaint(IMAGES + ".gz is truncated");
    whole[whole.length - 5] ^= 1; // within the checksum
    write(IMAGES + ".gz", whole);
    assertComplaint(IMAGES + ".gz is a damaged gzip file: ");
  }

  @Test
  void saysWhenAFileCannotBeRead() throws IOException {
    Files.delete(directory.resolve(LABELS));
    Files.createDirectory(directory.resolve(LABELS));
    assertComplaint(LABELS + " cannot be read");
  }

  private void assertComplaint(String part) {
    assertComplaint(directory, part);
  }

  private static void assertComplaint(Path given, String part) {
    String message = assertThrows(BadInputException.class, () -> Mnist.read(given)).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(given.toString()), message);
  }

  private void compress(String name) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(Files.readAllBytes(directory.resolve(name)));
    }
    Files.delete(directory.resolve(name));
    write(name + ".gz", compressed.toByteArray());
  }

  private void move(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to));
  }

  private void write(String name, byte[] content) throws IOException {
    Files.write(directory.resolve(name), content);
  }

  private static byte[] idx(int magic, int[] dimensions, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * dimensions.length + values.length);
    bytes.putInt(magic);
    for (int dimension : dimensions) {
      bytes.putInt(dimension);
    }
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.array();
  }
}
