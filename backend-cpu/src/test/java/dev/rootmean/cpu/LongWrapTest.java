package dev.rootmean.cpu;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long memory of others. */
class LongWrapTest {
  private static final int HALF = Pages.SIZE + 100;
  private static final int LENGTH = 2 * HALF + 1;
  private static final RmsProp RULE =
      RmsProp.builder().momentum(0.9).centered(true).weightDecay(0.1).build();

  /** All that can be done to buffers that are wrapped. */
  private static List<float[]> operate(OptimizerBackend backend, DeviceBuffer a, DeviceBuffer b) {
    List<float[]> rows = new ArrayList<>();
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    try (RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
        GradientDecision decision = GradientDecision.allocate(backend, policy, FLOAT32, LENGTH)) {
      a.write(numbers(1));
      b.write(numbers(2));
      backend.step(RULE, a, b, state);
      backend.measure(b, decision);
      backend.step(RULE, a, b, state, decision);
      rows.add(read(a));
      rows.add(read(b));
      a.add(b);
      b.copyFrom(a);
      a.slice(1, LENGTH - 2).zero();
      rows.add(read(a));
      rows.add(read(b));
    }
    return rows;
  }

  private static float[] numbers(int seed) {
    float[] numbers = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      numbers[i] = (i * 7 + seed) % 11 - 5;
    }
    return numbers;
  }

  private static float[] read(DeviceBuffer buffer) {
    float[] values = new float[LENGTH];
    buffer.read(values);
    return values;
  }

  /** Operates on slices of what is wrapped as on buffers of the backend's own. */
  private static void check(CpuDevice device, Supplier<ForeignMemory> memory, long at) {
    try (OptimizerBackend backend = device.backend()) {
      List<float[]> own =
          operate(backend, backend.allocate(FLOAT32, LENGTH), backend.allocate(FLOAT32, LENGTH));
      List<float[]> wrapped =
          operate(
              backend,
              backend.wrap(memory.get()).slice(at, LENGTH),
              backend.wrap(memory.get()).slice(at, LENGTH));
      for (int i = 0; i < own.size(); i++) {
        assertArrayEquals(own.get(i), wrapped.get(i), "row " + i + " at " + at);
      }
    }
  }

  @Test
  void aDirectBufferOfMoreElementsThanAPart(@TempDir Path folder) throws IOException {
    long length = ForeignMemory.PART + (long) HALF + 1;
    Path file = folder.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE))) {
      check(new CpuDevice(2), () -> ForeignMemory.of(map(channel, length)), length - LENGTH);
    }
  }

  private static FloatBuffer map(FileChannel channel, long length) {
    try {
      MappedByteBuffer bytes = channel.map(MapMode.PRIVATE, 0, length * Float.BYTES);
      return bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void memoryBehind2To31And2To32Elements() {
    ChildJvm.of(FarAddresses.class).run().succeeded().line("same");
  }

  /** Wraps memory of which only the slice that is used exists: another access ends the JVM. */
  static final class FarAddresses {
    private FarAddresses() {}

    public static void main(String[] arguments) {
      check(() -> new CpuDevice(2));
      System.out.println("same: around both");
    }

    static void check(Supplier<CpuDevice> device) {
      for (long boundary : new long[] {1L << 31, 1L << 32}) {
        long at = boundary - HALF;
        LongWrapTest.check(device.get(), () -> memoryFrom(at), at);
      }
    }

    private static ForeignMemory memoryFrom(long at) {
      ByteBuffer there = ByteBuffer.allocateDirect(LENGTH * Float.BYTES);
      FloatBuffer floats = there.order(ByteOrder.nativeOrder()).asFloatBuffer();
      long start = ForeignMemory.of(floats).address() - at * Float.BYTES;
      return ForeignMemory.host(start, FLOAT32, at + LENGTH, there);
    }
  }
}
