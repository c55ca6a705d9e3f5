package dev.rootmean;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.ScalarBackend;
import dev.rootmean.contract.TypedArray;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RmsPropStateTest {
  private static final RmsProp RULE =
      RmsProp.builder().momentum(0.9).centered(true).initialSquareAverage(0.1).build();

  /** Counts what it holds, and has room for so many buffers. */
  private static final class SmallBackend extends ScalarBackend {
    private final DeviceOutOfMemoryException full =
        new DeviceOutOfMemoryException("small", "allocate", 0, "", "full", null);
    private final int room;
    private int held;

    SmallBackend(int room) {
      this.room = room;
    }

    @Override
    protected TypedArray allocateMemory(DataType type, long length) {
      if (held == room) {
        throw full;
      }
      held++;
      return super.allocateMemory(type, length);
    }

    @Override
    protected void free(TypedArray memory) {
      held--;
    }
  }

  @Test
  void holdsWhatTheRuleNeedsAndNoMore() {
    try (SmallBackend backend = new SmallBackend(3)) {
      RmsProp plain = RULE.toBuilder().momentum(0).centered(false).build();
      try (RmsPropState state = RmsPropState.allocate(backend, plain, FLOAT32, 5)) {
        assertEquals(1, backend.held);
        assertTrue(state.momentum().isEmpty() && state.gradientAverage().isEmpty());
      }
      try (RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 5)) {
        assertEquals(3, backend.held);
        assertTrue(state.momentum().isPresent() && state.gradientAverage().isPresent());
      }
      assertEquals(0, backend.held);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_383, 16_384, 16_385, 50_000})
  void theSquareAverageStartsAsTheRuleSays(int length) {
    try (SmallBackend backend = new SmallBackend(3);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, length)) {
      double[] expected = new double[length];
      Arrays.fill(expected, 0.1f);
      Bits.assertHolds("squareAverage", state.squareAverage(), expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailedAllocationKeepsNothing(int room) {
    try (SmallBackend backend = new SmallBackend(room)) {
      assertSame(
          backend.full,
          assertThrows(
              DeviceOutOfMemoryException.class,
              () -> RmsPropState.allocate(backend, RULE, FLOAT32, 5).close()));
      assertEquals(0, backend.held);
    }
  }

  @Test
  void aSliceOwnsNothing() {
    try (SmallBackend backend = new SmallBackend(3);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 5)) {
      RmsPropState slice = state.slice(1, 3);
      assertEquals(3, slice.squareAverage().length());
      assertEquals(3, slice.momentum().orElseThrow().length());
      assertEquals(3, slice.gradientAverage().orElseThrow().length());
      slice.close();
      assertEquals(3, backend.held);
      assertThrows(IndexOutOfBoundsException.class, () -> state.slice(3, 3));
    }
  }

  @Test
  void nullsAreNamed() {
    try (SmallBackend backend = new SmallBackend(3)) {
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
