package dev.rootmean;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.contract.machinery.ReferenceRounding;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RmsPropStateTest {
  private static final RmsProp RULE =
      RmsProp.builder().momentum(0.9).centered(true).initialSquareAverage(0.1).build();

  /** Counts what it holds, and has room for so many buffers. */
  private static final class SmallDevice extends Wrapped<TypedArray> {
    private final DeviceOutOfMemoryException full =
        new DeviceOutOfMemoryException("small", "allocate", 0, "", "full", null);
    private final int room;
    private int held;

    SmallDevice(int room) {
      super(new ScalarDevice());
      this.room = room;
    }

    @Override
    public TypedArray allocate(DataType type, long length) {
      if (held == room) {
        throw full;
      }
      held++;
      return super.allocate(type, length);
    }

    @Override
    public void free(TypedArray memory) {
      held--;
    }
  }

  @Test
  void holdsWhatTheRuleNeedsAndNoMore() {
    SmallDevice device = new SmallDevice(3);
    try (OptimizerBackend backend = ScalarDevice.open(device)) {
      RmsProp plain = RULE.toBuilder().momentum(0).centered(false).build();
      try (RmsPropState state = RmsPropState.allocate(backend, plain, FLOAT32, 5)) {
        assertEquals(1, device.held);
        assertTrue(state.momentum().isEmpty() && state.gradientAverage().isEmpty());
      }
      try (RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 5)) {
        assertEquals(3, device.held);
        assertTrue(state.momentum().isPresent() && state.gradientAverage().isPresent());
      }
      assertEquals(0, device.held);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_383, 16_384, 16_385, 50_000})
  void theSquareAverageStartsAsTheRuleSays(int length) {
    SmallDevice device = new SmallDevice(3);
    try (OptimizerBackend backend = ScalarDevice.open(device);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, length)) {
      double[] expected = new double[length];
      Arrays.fill(expected, 0.1f);
      Bits.assertHolds("squareAverage", state.squareAverage(), expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailedAllocationKeepsNothing(int room) {
    SmallDevice device = new SmallDevice(room);
    try (OptimizerBackend backend = ScalarDevice.open(device)) {
      assertSame(
          device.full,
          assertThrows(
              DeviceOutOfMemoryException.class,
              () -> RmsPropState.allocate(backend, RULE, FLOAT32, 5).close()));
      assertEquals(0, device.held);
    }
  }

  @Test
  void aSliceOwnsNothing() {
    SmallDevice device = new SmallDevice(3);
    try (OptimizerBackend backend = ScalarDevice.open(device);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 5)) {
      RmsPropState slice = state.slice(1, 3);
      assertEquals(3, slice.squareAverage().length());
      assertEquals(3, slice.momentum().orElseThrow().length());
      assertEquals(3, slice.gradientAverage().orElseThrow().length());
      slice.close();
      assertEquals(3, device.held);
      assertThrows(IndexOutOfBoundsException.class, () -> state.slice(3, 3));
    }
  }

  /** Each upper half, with lower halves that are ties, beside them, and at the ends. */
  @Test
  void parametersWithARemainderAreExact() {
    int[] lower = {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    int length = lower.length << 16;
    float[] given = new float[length];
    for (int i = 0; i < length; i++) {
      given[i] = Float.intBitsToFloat((i / lower.length) << 16 | lower[i % lower.length]);
    }
    float[] read = new float[length];
    double[] high = new double[length];
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
        DeviceBuffer params = backend.allocate(DataType.BFLOAT16, length);
        RmsPropState state =
            RmsPropState.allocate(backend, RULE, Precision.BFLOAT16_WITH_REMAINDER, 0, length)) {
      state.writeParameters(params, given);
      for (int i = 0; i < length; i++) {
        high[i] = ReferenceRounding.high(given[i]);
      }
      Bits.assertHolds("the upper halves", params, high);
      state.readParameters(params, read);
      for (int i = 0; i < length; i++) { // any NaN is one
        assertEquals(Float.floatToIntBits(given[i]), Float.floatToRawIntBits(read[i]), "of " + i);
      }
      float[] fewer = new float[length - 1];
      String told = refused(() -> state.writeParameters(params, fewer));
      assertTrue(told.contains(length - 1 + " values"), told);
      told = refused(() -> state.readParameters(params.slice(1, length - 1), fewer));
      assertTrue(told.contains(length - 1 + " parameters"), told);
    }
  }

  @Test
  void parametersWithoutARemainderAreRounded() {
    float[] values = {1 + 0x1p-8f, 3, -0f};
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());
        DeviceBuffer params = backend.allocate(DataType.BFLOAT16, 3);
        RmsPropState state = RmsPropState.allocate(backend, RULE, Precision.BFLOAT16, 0, 3)) {
      state.writeParameters(params, values);
      state.readParameters(params, values);
      assertArrayEquals(new float[] {1, 3, -0f}, values);
    }
  }

  @Test
  void placesAreFromZeroToTheLastThatALongHolds() {
    try (OptimizerBackend backend = ScalarDevice.open(new ScalarDevice())) {
      for (long place : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE - 4}) {
        String told =
            refused(
                () -> RmsPropState.allocate(backend, RULE, Precision.BFLOAT16, place, 5).close());
        assertTrue(told.contains("place " + place), told);
      }
      long last = Long.MAX_VALUE - 5;
      try (RmsPropState state = RmsPropState.allocate(backend, RULE, Precision.BFLOAT16, last, 5)) {
        assertEquals(last + 3, state.slice(3, 2).place());
      }
    }
  }

  private static String refused(Executable call) {
    return assertThrows(IllegalArgumentException.class, call).getMessage();
  }

  @Test
  void nullsAreNamed() {
    SmallDevice device = new SmallDevice(3);
    try (OptimizerBackend backend = ScalarDevice.open(device)) {
      assertNamed("backend", () -> RmsPropState.allocate(null, RULE, FLOAT32, 1).close());
      assertNamed("rule", () -> RmsPropState.allocate(backend, null, FLOAT32, 1).close());
      assertNamed("type", () -> RmsPropState.allocate(backend, RULE, null, 1).close());
      assertNamed("precision", () -> RmsPropState.allocate(backend, RULE, null, 0, 1).close());
    }
  }

  private static void assertNamed(String name, Runnable call) {
    String message = assertThrows(NullPointerException.class, call::run).getMessage();
    assertTrue(message.contains(name), message);
  }

  /** Between opening a backend and this, somebody may have set it. */
  @Test
  void aSettingOfLeaksThatMakesNoSenseKeepsNothing() {
    SmallDevice device = new SmallDevice(9);
    try (OptimizerBackend backend = ScalarDevice.open(device);
        DeviceBuffer brought = backend.allocate(FLOAT32, 5)) {
      OptimizerBuilder builder =
          Optimizer.builder(backend, RULE).parameter("a", 5).parameter("b", brought);
      System.setProperty("rootmean.leaks", "nonsense");
      try {
        for (Executable call :
            new Executable[] {
              () -> RmsPropState.allocate(backend, RULE, FLOAT32, 5).close(),
              () -> builder.build().close()
            }) {
          String told = assertThrows(BackendException.class, call).getMessage();
          assertTrue(told.contains("-Drootmean.leaks=nonsense"), told);
          assertEquals(1, device.held, "what was brought");
        }
      } finally {
        System.clearProperty("rootmean.leaks");
      }
      builder.build().close(); // what was brought is claimed by nobody
    }
  }
}
