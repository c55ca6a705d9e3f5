package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.cpu.vector.AllAtOnce;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps in place are really taken, and give the bits of staged ones. */
class VectorStepsTest {
  private static final int SPANS = 5_000;
  private static final int ROOM = 1_000;

  // Reachable as long as somebody steps their addresses.
  private static final ByteBuffer PARAMS = ByteBuffer.allocateDirect(ROOM * Float.BYTES);
  private static final ByteBuffer GRADS = ByteBuffer.allocateDirect(ROOM * Float.BYTES);

  private static final List<NamedRule> RULES = List.of(NamedRule.values());
  private static final List<NumberKind> KINDS = List.of(NumberKind.values());

  /** A backend with parameters and gradients that are wrapped, and their state for any rule. */
  private static final class Side implements AutoCloseable {
    final OptimizerBackend backend;
    final DeviceBuffer params;
    final DeviceBuffer grads;
    final DataType type;

    Side(ForeignSteps steps, DataType type) {
      this.backend = new CpuDevice(1, steps).backend();
      this.type = type;
      this.params = backend.wrap(foreign());
      this.grads = backend.wrap(foreign());
    }

    private ForeignMemory foreign() {
      ByteBuffer bytes = ByteBuffer.allocateDirect(ROOM * type.bytes());
      return ForeignMemory.host(Compiled.address(bytes), type, ROOM, bytes);
    }

    /** All rows after a step of some elements, which begin at another place in each row. */
    List<double[]> step(RmsProp rule, NumberKind kind, int length, int[] from, long seed) {
      try (RmsPropState all = RmsPropState.allocate(backend, rule, type, ROOM)) {
        DeviceBuffer p = params.slice(from[0], length);
        DeviceBuffer g = grads.slice(from[1], length);
        RmsPropState state = all.slice(from[2], length);
        List<DeviceBuffer> rows = new ArrayList<>(List.of(params, grads, all.squareAverage()));
        all.momentum().ifPresent(rows::add);
        all.gradientAverage().ifPresent(rows::add);
        for (int row = 0; row < rows.size(); row++) {
          Elements.write(rows.get(row), kind.take(type, ROOM, seed + row));
        }
        backend.step(rule, p, g, state);
        List<double[]> found = new ArrayList<>();
        for (DeviceBuffer row : rows) {
          double[] elements = new double[ROOM];
          Elements.read(row, elements);
          found.add(elements);
        }
        return found;
      }
    }

    @Override
    public void close() {
      params.close();
      grads.close();
      backend.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT32", "FLOAT64"})
  void theBitsAreThoseOfStagedSteps(DataType type) {
    SplittableRandom random = new SplittableRandom(type.bytes());
    AllAtOnce all = new AllAtOnce();
    try (Side inPlace = new Side(all, type);
        Side staged = new Side(null, type)) {
      int elements = 0;
      for (int span = 0; span < SPANS; span++) {
        NamedRule named = RULES.get(random.nextInt(RULES.size()));
        NumberKind kind = KINDS.get(random.nextInt(KINDS.size()));
        int length = 1 + random.nextInt(random.nextBoolean() ? 70 : 700);
        int[] from = random.ints(3, 0, ROOM - length + 1).toArray();
        long seed = random.nextLong();
        List<double[]> expected = staged.step(named.rule(), kind, length, from, seed);
        List<double[]> found = inPlace.step(named.rule(), kind, length, from, seed);
        for (int row = 0; row < expected.size(); row++) {
          String what = named + " of " + length + " " + kind + ", row " + row;
          Bits.assertSame(what, expected.get(row), found.get(row));
        }
        elements += length;
      }
      assertTrue(all.stepped() > elements / 2, all.stepped() + " of " + elements);
    }
  }

  @Test
  void wholeVectorsAreSteppedInPlace() {
    AllAtOnce all = new AllAtOnce();
    RmsProp rule = NamedRule.PLAIN.rule();
    try (Side side = new Side(all, DataType.FLOAT32)) {
      side.step(rule, NumberKind.ORDINARY, 1, new int[] {1, 2, 3}, 1);
      assertEquals(0, all.stepped());
      side.step(rule, NumberKind.ORDINARY, 960, new int[] {1, 2, 3}, 1);
      assertEquals(960, all.stepped());
      side.step(rule, NumberKind.ORDINARY, 961, new int[] {1, 2, 3}, 1);
      assertEquals(2 * 960, all.stepped());
    }
  }

  @Test
  void whatIsClippedByValueIsStaged() {
    AllAtOnce all = new AllAtOnce();
    RmsProp rule = NamedRule.PLAIN.rule();
    for (double clip : new double[] {0.5, Double.POSITIVE_INFINITY}) {
      GradientPolicy policy = GradientPolicy.NONE.withNormClip(1).withValueClip(clip);
      try (Side side = new Side(all, DataType.FLOAT32);
          RmsPropState state = RmsPropState.allocate(side.backend, rule, side.type, ROOM);
          GradientDecision decision =
              GradientDecision.allocate(side.backend, policy, side.type, ROOM)) {
        side.backend.measure(side.grads, decision);
        side.backend.step(rule, side.params, side.grads, state, decision);
      }
      assertEquals(clip < 1 ? 0 : 960, all.stepped());
    }
  }

  @Test
  void nothingIsAllocated() {
    Compiled.await();
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long p = Compiled.address(PARAMS);
    long g = Compiled.address(GRADS);
    float[] k = new float[12];
    float[] row = new float[ROOM];
    long done = 0;
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < 10 && allocated > 0; round++) { // C2 may still be at work
      done = 0;
      long before = thread.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < SPANS; i++) {
        done += Compiled.STEPS.step(k, p, g, row, row, row, 0, ROOM);
      }
      allocated = thread.getCurrentThreadAllocatedBytes() - before;
    }
    assertEquals(0, allocated);
    assertTrue(done > 0.9 * SPANS * ROOM, done + " elements"); // but where the system paused it
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClosedArenaIsRefused(boolean ofParams) throws Exception {
    Class<?> arenas = Class.forName("java.lang.foreign.Arena"); // this is compiled for Java 17
    AutoCloseable arena = (AutoCloseable) arenas.getMethod("ofShared").invoke(null);
    Object segment =
        arenas.getMethod("allocate", long.class, long.class).invoke(arena, 4L * ROOM, 64L);
    ByteBuffer bytes =
        (ByteBuffer)
            Class.forName("java.lang.foreign.MemorySegment")
                .getMethod("asByteBuffer")
                .invoke(segment);
    FloatBuffer floats = bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
    AllAtOnce all = new AllAtOnce();
    RmsProp rule = NamedRule.PLAIN.rule();
    try (Side side = new Side(all, DataType.FLOAT32);
        DeviceBuffer closed = side.backend.wrap(ForeignMemory.of(floats));
        RmsPropState state = RmsPropState.allocate(side.backend, rule, side.type, ROOM)) {
      arena.close();
      DeviceBuffer p = ofParams ? closed : side.params;
      DeviceBuffer g = ofParams ? side.grads : closed;
      Exception lost =
          assertThrows(DeviceLostException.class, () -> side.backend.step(rule, p, g, state));
      assertEquals("Already closed", lost.getCause().getMessage());
    }
    assertEquals(0, all.stepped());
  }

  @Test
  void theDeviceSaysSo() {
    try (OptimizerBackend backend = new CpuProvider().open("")) {
      String device = backend.info().device();
      assertTrue(device.endsWith(", wrapped memory in place once compiled"), device);
    }
  }
}
