package dev.rootmean.contract;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.Backends;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Elements of a Java array that lie 2 GiB from its start: in a JVM of its own, which may crash. */
public abstract class FarArrayContract {
  private static final int COUNT = 1000;
  private static final long NEEDED_KIB = 3 << 20;

  /** For subclasses. */
  protected FarArrayContract() {}

  /**
   * The backend that is tested.
   *
   * @return its name
   */
  protected abstract String backend();

  /**
   * A JVM whose main class calls {@link #main}, once its backend can be found.
   *
   * @return the JVM, which gets no arguments but those that are there already
   */
  protected abstract ChildJvm jvm();

  @Test
  void whatLiesBeyondTwoGibibytesArrivesAndComesBack() throws IOException {
    if (availableKib() < NEEDED_KIB) {
      RequiredBackends.skipOrFail(backend(), "arrays of 2 GiB: there are no 3 GiB of free memory");
    }
    jvm()
        .option("-XX:+UseSerialGC")
        .option("-Xmx2400m")
        .option("-Xmn64m")
        .run()
        .succeeded()
        .line("moved");
  }

  private static long availableKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  /**
   * Moves the last elements of an array of each type.
   *
   * @param selectors one: what to open
   */
  public static void main(String[] selectors) {
    try (OptimizerBackend backend = Backends.open(selectors[0])) {
      moveDoubles(backend, 1 << 28);
      moveFloats(backend, 1 << 29);
    }
    System.out.println("moved: both types");
  }

  private static void moveDoubles(OptimizerBackend backend, int at) {
    double[] array = new double[at + COUNT];
    Arrays.fill(array, 0, COUNT, -1);
    double[] head = Arrays.copyOf(array, COUNT);
    double[] sent = new double[COUNT];
    Arrays.setAll(sent, i -> i + 1);
    System.arraycopy(sent, 0, array, at, COUNT);
    try (DeviceBuffer buffer = backend.allocate(FLOAT64, COUNT)) {
      buffer.write(0, array, at, COUNT);
      double[] arrived = new double[COUNT];
      buffer.read(arrived);
      assertArrayEquals(sent, arrived, "what was written");
      Arrays.fill(array, at, at + COUNT, 0);
      buffer.read(0, array, at, COUNT);
    }
    assertArrayEquals(sent, Arrays.copyOfRange(array, at, at + COUNT), "what was read");
    assertArrayEquals(head, Arrays.copyOf(array, COUNT), "the start of the array");
  }

  private static void moveFloats(OptimizerBackend backend, int at) {
    float[] array = new float[at + COUNT];
    Arrays.fill(array, 0, COUNT, -1);
    float[] head = Arrays.copyOf(array, COUNT);
    float[] sent = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      sent[i] = i + 1;
    }
    System.arraycopy(sent, 0, array, at, COUNT);
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, COUNT)) {
      buffer.write(0, array, at, COUNT);
      float[] arrived = new float[COUNT];
      buffer.read(arrived);
      assertArrayEquals(sent, arrived, "what was written");
      Arrays.fill(array, at, at + COUNT, 0);
      buffer.read(0, array, at, COUNT);
    }
    assertArrayEquals(sent, Arrays.copyOfRange(array, at, at + COUNT), "what was read");
    assertArrayEquals(head, Arrays.copyOf(array, COUNT), "the start of the array");
  }
}
