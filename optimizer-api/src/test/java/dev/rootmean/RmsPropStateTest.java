package dev.rootmean;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
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

  @Test
  void nullsAreNamed() {
    SmallDevice device = new SmallDevice(3);
    try (OptimizerBackend backend = ScalarDevice.open(device)) {
      assertNamed("backend", () -> RmsPropState.allocate(null, RULE, FLOAT32, 1).close());
      assertNamed("rule", () -> RmsPropState.allocate(backend, null, FLOAT32, 1).close());
      assertNamed("type", () -> RmsPropState.allocate(backend, RULE, null, 1).close());
    }
  }

  private static void assertNamed(String name, Runnable call) {
    String message = assertThrows(NullPointerException.class, call::run).getMessage();
    assertTrue(message.contains(name), message);
  }
}
