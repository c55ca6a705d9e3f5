package dev.rootmean.opencl;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jocl.CL;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps in the memory of a program that uses OpenCL by itself. */
@Tag("any-jdk")
class WrappedStepsTest {
  private static final int LENGTH = 1003;
  private static final int BEHIND = 9;
  private static final GradientPolicy POLICY = GradientPolicy.NONE.withNormClip(0.5);

  private Framework framework;

  @BeforeEach
  void start() {
    Pocl.demand();
    framework = new Framework();
  }

  @AfterEach
  void end() {
    framework.close();
  }

  private static byte[] random(int seed, DataType type, int length) {
    Random random = new Random(seed);
    ByteBuffer bytes = ByteBuffer.allocate(length * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < length; i++) {
      type.put(bytes, i * type.bytes(), random.nextGaussian());
    }
    return bytes.array();
  }

  /** A buffer in the middle of the program's memory. */
  private final class Zone implements AutoCloseable {
    final byte[] before;
    final cl_mem memory;
    final int first;
    final DeviceBuffer buffer;

    Zone(OptimizerBackend backend, int seed, DataType type, int first) {
      this.first = first * type.bytes();
      before = random(seed, type, first + LENGTH + BEHIND);
      memory = framework.memory(before);
      buffer = backend.wrap(ForeignMemory.openCl(memory, first, type, LENGTH, this));
    }

    /** What the buffer began with. */
    byte[] content() {
      return Arrays.copyOfRange(before, first, first + LENGTH * buffer.dataType().bytes());
    }

    void assertHolds(byte[] content) {
      byte[] expected = before.clone();
      System.arraycopy(content, 0, expected, first, content.length);
      assertArrayEquals(expected, framework.read(memory, 0, expected.length));
    }

    @Override
    public void close() {
      buffer.close();
    }
  }

  private static DeviceBuffer own(OptimizerBackend backend, DataType type, byte[] content) {
    DeviceBuffer buffer = backend.allocate(type, LENGTH);
    buffer.write(0, ByteBuffer.wrap(content).order(ByteOrder.nativeOrder()));
    return buffer;
  }

  private static byte[] read(DeviceBuffer buffer) {
    int bytes = (int) buffer.length() * buffer.dataType().bytes();
    ByteBuffer content = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    buffer.read(0, content);
    return content.array();
  }

  /** All that two buffers can take part in; what comes out. */
  private static List<byte[]> everything(
      OptimizerBackend backend, RmsProp rule, DeviceBuffer params, DeviceBuffer grads) {
    DataType type = params.dataType();
    List<byte[]> seen = new ArrayList<>();
    try (RmsPropState state = RmsPropState.allocate(backend, rule, type, LENGTH);
        DeviceBuffer own = backend.allocate(grads.dataType(), LENGTH);
        GradientDecision decision =
            GradientDecision.allocate(backend, POLICY, grads.dataType(), LENGTH)) {
      backend.step(rule, params, grads, state);
      backend.measure(grads, decision);
      backend.step(rule, params, grads, state, decision);
      params.slice(3, 500).copyFrom(params.slice(503, 500));
      backend.step(rule, params.slice(1, 999), grads.slice(2, 999), state.slice(0, 999), decision);
      own.copyFrom(grads);
      seen.add(read(own));
      if (grads.dataType() == type) {
        params.add(grads);
        grads.slice(7, 20).add(params.slice(7, 20));
      }
      grads.slice(100, 5).zero();
      grads.slice(200, 300).copyFrom(own.slice(0, 300));
      params.write(1, ByteBuffer.wrap(random(8, type, 5)).order(ByteOrder.nativeOrder()));
      seen.add(read(params));
      seen.add(read(params.slice(5, 77)));
      seen.add(read(grads));
      seen.add(read(state.squareAverage()));
      state.momentum().ifPresent(row -> seen.add(read(row)));
      state.gradientAverage().ifPresent(row -> seen.add(read(row)));
    }
    return seen;
  }

  @ParameterizedTest
  @CsvSource({
    "false, FLOAT32, FLOAT32",
    "true,  FLOAT32, FLOAT32",
    "false, FLOAT64, FLOAT64",
    "true,  FLOAT64, FLOAT64",
    "false, FLOAT32, BFLOAT16",
    "true,  FLOAT32, BFLOAT16"
  })
  void theBitsAreThoseOfOwnBuffersAndNothingElseIsTouched(
      boolean wide, DataType type, DataType gradType) {
    try (OptimizerBackend backend = framework.open(new Jocl(), wide)) {
      for (NamedRule rule : NamedRule.VARIANTS) {
        for (int[] first : new int[][] {{0, 0}, {4, 8}, {1, 0}, {0, 1}, {5, 3}}) {
          try (Zone params = new Zone(backend, 1, type, first[0]);
              Zone grads = new Zone(backend, 2, gradType, first[1]);
              DeviceBuffer ownParams = own(backend, type, params.content());
              DeviceBuffer ownGrads = own(backend, gradType, grads.content())) {
            List<byte[]> expected = everything(backend, rule.rule(), ownParams, ownGrads);
            List<byte[]> found = everything(backend, rule.rule(), params.buffer, grads.buffer);
            for (int i = 0; i < expected.size(); i++) {
              assertArrayEquals(expected.get(i), found.get(i), rule + " at " + first[0]);
            }
            params.assertHolds(read(ownParams));
            grads.assertHolds(read(ownGrads));
          }
        }
      }
    }
  }

  /** Nobody waits for anything: gradients are queued, the step is, and so is what comes after. */
  @Test
  void theQueueKeepsTheOrder() {
    RmsProp rule = NamedRule.PLAIN.rule();
    int bytes = LENGTH * Float.BYTES;
    cl_mem params = framework.memory(random(1, FLOAT32, LENGTH));
    cl_mem grads = framework.memory(new byte[bytes]);
    cl_mem born = framework.memory(random(2, FLOAT32, LENGTH));
    cl_mem result = framework.memory(new byte[bytes]);
    try (OptimizerBackend backend = framework.open();
        DeviceBuffer p = backend.wrap(ForeignMemory.openCl(params, 0, FLOAT32, LENGTH, this));
        DeviceBuffer g = backend.wrap(ForeignMemory.openCl(grads, 0, FLOAT32, LENGTH, this));
        RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, LENGTH);
        DeviceBuffer ownP = own(backend, FLOAT32, random(1, FLOAT32, LENGTH));
        DeviceBuffer ownG = own(backend, FLOAT32, random(2, FLOAT32, LENGTH));
        RmsPropState ownState = RmsPropState.allocate(backend, rule, FLOAT32, LENGTH)) {
      framework.copy(born, grads, bytes);
      backend.step(rule, p, g, state);
      framework.copy(params, result, bytes);
      framework.copy(born, params, bytes);
      backend.step(rule, ownP, ownG, ownState);
      assertArrayEquals(read(ownP), framework.read(result, 0, bytes));
    }
  }

  @Test
  void rangesOfOneMemoryObjectMayNotOverlap() {
    RmsProp rule = NamedRule.PLAIN.rule();
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, 100 * Float.BYTES);
    try (OptimizerBackend backend = framework.open();
        DeviceBuffer front = backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, 50, this));
        DeviceBuffer across = backend.wrap(ForeignMemory.openCl(memory, 49, FLOAT32, 50, this));
        DeviceBuffer back = backend.wrap(ForeignMemory.openCl(memory, 50, FLOAT32, 50, this));
        DeviceBuffer halves = backend.wrap(ForeignMemory.openCl(memory, 99, BFLOAT16, 50, this));
        RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, 50)) {
      backend.step(rule, front, back, state);
      for (DeviceBuffer grads : new DeviceBuffer[] {front, across, halves}) {
        assertEquals(
            "params and grads overlap: expected buffers apart from each other",
            assertThrows(
                    IllegalArgumentException.class, () -> backend.step(rule, front, grads, state))
                .getMessage());
      }
      assertThrows(IllegalArgumentException.class, () -> across.add(back));
      across.slice(0, 1).copyFrom(back.slice(0, 1)); // [49] and [50]
      assertThrows(
          IllegalArgumentException.class, () -> across.slice(1, 1).copyFrom(back.slice(0, 1)));
    }
  }

  /** Where gradients are born in other memory each time, two by turns. */
  @Test
  void stepsAllocateNothing() {
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    RmsProp rule = NamedRule.PLAIN.rule();
    try (OptimizerBackend backend = framework.open();
        Zone params = new Zone(backend, 1, FLOAT32, 1);
        Zone one = new Zone(backend, 2, FLOAT32, 0);
        Zone other = new Zone(backend, 3, FLOAT32, 3);
        RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, LENGTH)) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 50; i++) {
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int step = 0; step < 100; step++) {
          backend.step(rule, params.buffer, (step % 2 == 0 ? one : other).buffer, state);
        }
        least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
      }
      assertEquals(0, least);
    }
  }

  @Test
  void itIsNotCountedAsTheBackendsOwn() {
    PlantedDriver planted = new PlantedDriver();
    long room = 1L << 20;
    planted.plant(
        (call, arguments) -> {
          if (!call.equals("clGetDeviceInfo")
              || (int) arguments[1] != CL.CL_DEVICE_GLOBAL_MEM_SIZE) {
            return CL.CL_SUCCESS;
          }
          ByteBuffer.wrap((byte[]) arguments[2]).order(ByteOrder.nativeOrder()).putLong(room);
          return PlantedDriver.Fault.ANSWERED;
        });
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, 2 * room);
    int most = (int) room / Double.BYTES;
    try (OptimizerBackend backend = framework.open(planted.driver(), false)) {
      for (int i = 0; i < 3; i++) {
        try (DeviceBuffer large =
                backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT64, 2L * most, this));
            DeviceBuffer all = backend.allocate(FLOAT64, most)) {
          large.zero();
          all.zero();
        }
      }
      assertThrows(
          DeviceOutOfMemoryException.class, () -> backend.allocate(FLOAT64, most + 1).close());
    }
  }
}
