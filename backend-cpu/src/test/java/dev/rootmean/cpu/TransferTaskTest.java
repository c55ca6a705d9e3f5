package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.ChildJvm;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransferTaskTest {
  private static final boolean HAS_ARENAS = Runtime.version().feature() >= 22;

  private final Workers workers = WorkersTest.workers(3);
  private final TransferTask transfers = new TransferTask(workers);

  @AfterEach
  void close() {
    workers.close();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 16384", "1, 16384", "16383, 2", "5, 400000", "16384, 500000"})
  void everyElementIsMovedAndNoOther(int offset, int count) {
    int length = offset + count + 7;
    double[] values = new double[length];
    Arrays.setAll(values, i -> i + 1);
    double[] expected = new double[length];
    System.arraycopy(values, offset, expected, offset, count);
    CpuMemory memory = PagedMemory.allocate(DataType.FLOAT64, length, 0);
    transfers.send(memory, offset, DoubleBuffer.wrap(values, offset, count));
    double[] all = new double[length];
    transfers.receive(memory, 0, DoubleBuffer.wrap(all));
    assertArrayEquals(expected, all);
    double[] part = new double[length];
    transfers.receive(memory, offset, DoubleBuffer.wrap(part, offset, count));
    assertArrayEquals(expected, part);
  }

  @Test
  void floatsAreMovedLikewise() {
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    CpuMemory memory = PagedMemory.allocate(DataType.FLOAT32, values.length, 0);
    transfers.send(memory, 0, FloatBuffer.wrap(values));
    float[] read = new float[values.length];
    transfers.receive(memory, 0, FloatBuffer.wrap(read));
    assertArrayEquals(values, read);
  }

  @Test
  void memoryThatItsOwnersThreadAloneMayTouchIsTakenToo() {
    ChildJvm jvm = ChildJvm.of(ConfinedMemory.class);
    if (!HAS_ARENAS) {
      jvm.option("--add-modules=jdk.incubator.foreign");
    }
    assertEquals("3.0", jvm.run().succeeded().line("last"));
  }

  /** Writes and reads memory of a confined arena, or of what was one in JDK 17. */
  static final class ConfinedMemory {
    private static final int LENGTH = 1_000_000;

    public static void main(String[] arguments) throws ReflectiveOperationException {
      System.setProperty(CpuProvider.THREADS, "3");
      ByteBuffer memory = confined(LENGTH * Float.BYTES).order(ByteOrder.nativeOrder());
      float[] values = new float[LENGTH];
      try (OptimizerBackend backend = new CpuProvider().open("")) {
        DeviceBuffer buffer = backend.allocate(DataType.FLOAT32, LENGTH);
        Arrays.fill(values, 3);
        memory.asFloatBuffer().put(values);
        buffer.write(0, memory.duplicate().order(memory.order()));
        memory.asFloatBuffer().put(new float[LENGTH]);
        buffer.read(0, memory.duplicate().order(memory.order()));
        memory.asFloatBuffer().get(values);
        buffer.write(values); // the backend is not lost
      }
      System.out.println("last: " + values[LENGTH - 1]);
    }

    private static ByteBuffer confined(long bytes) throws ReflectiveOperationException {
      String memory = HAS_ARENAS ? "java.lang.foreign." : "jdk.incubator.foreign.";
      Class<?> segments = Class.forName(memory + "MemorySegment");
      Object segment;
      if (HAS_ARENAS) {
        Class<?> arenas = Class.forName(memory + "Arena");
        Object arena = arenas.getMethod("ofConfined").invoke(null);
        segment = arenas.getMethod("allocate", long.class).invoke(arena, bytes);
      } else {
        Class<?> scopes = Class.forName(memory + "ResourceScope");
        Object scope = scopes.getMethod("newConfinedScope").invoke(null);
        Method allocate = segments.getMethod("allocateNative", long.class, scopes);
        segment = allocate.invoke(null, bytes, scope);
      }
      return (ByteBuffer) segments.getMethod("asByteBuffer").invoke(segment);
    }
  }
}
