package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendInfo;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What opening, closing and running out of memory mean. */
public interface LifecycleContract extends BackendUnderTest {
  @Test
  default void infoIsComplete() {
    BackendInfo info = backend().info();
    assertEquals(backendName(), info.name());
    assertFalse(info.device().isBlank(), "the device has a name");
    assertTrue(info.totalMemoryBytes() > 0, "the device has memory");
    assertEquals(saysExact(), info.exact(), "whether the bits are exact");
    assertTrue(info.dataTypes().contains(type()), "the type under test");
  }

  @ParameterizedTest
  @EnumSource
  default void theStateStartsAsTheRuleSays(NamedRule name) {
    for (int length : new int[] {1, 1000, 16_384, 40_000}) {
      try (RmsPropState state = RmsPropState.allocate(backend(), name.rule(), type(), length)) {
        double[] initial = new double[length];
        Arrays.fill(initial, type().round(name.rule().initialSquareAverage()));
        Bits.assertHolds("squareAverage", state.squareAverage(), initial);
        assertEquals(name.rule().momentum() != 0, state.momentum().isPresent());
        assertEquals(name.rule().centered(), state.gradientAverage().isPresent());
        state.momentum().ifPresent(b -> Bits.assertHolds("momentum", b, new double[length]));
        state.gradientAverage().ifPresent(m -> Bits.assertHolds("mean", m, new double[length]));
      }
    }
  }

  @Test
  default void closingTwiceIsClosingOnce() {
    OptimizerBackend another = openAnother();
    DeviceBuffer buffer = another.allocate(type(), 10);
    DeviceBuffer slice = buffer.slice(1, 2);
    RmsPropState state =
        RmsPropState.allocate(another, NamedRule.MOMENTUM_CENTERED.rule(), type(), 10);
    for (int i = 0; i < 2; i++) {
      slice.close();
      buffer.close();
      state.close();
    }
    another.close();
    another.close();
  }

  @Test
  default void closingABackendClosesItsBuffers() {
    OptimizerBackend another = openAnother();
    DeviceBuffer buffer = another.allocate(type(), 10);
    DeviceBuffer slice = buffer.slice(1, 2);
    another.close();
    assertThrows(IllegalStateException.class, () -> Elements.read(buffer, new double[10]));
    assertThrows(IllegalStateException.class, () -> Elements.read(slice, new double[2]));
    slice.close();
    buffer.close();
  }

  @Test
  default void aClosedBackendRefusesEveryCall() {
    OptimizerBackend closed = openAnother();
    Trial trial = new Trial(closed, type(), NamedRule.PLAIN, 10, Layout.WHOLE);
    DeviceBuffer p = trial.params().part();
    closed.close();
    for (Executable call :
        new Executable[] {
          () -> closed.allocate(type(), 1),
          closed::synchronize,
          closed::nativeQueue,
          () -> closed.step(trial.rule(), p, trial.grads().part(), trial.state()),
          () -> p.slice(0, 1),
          () -> Elements.write(p, new double[10]),
          () -> p.write(0, ByteBuffer.allocate(type().bytes())),
          () -> Elements.read(p, new double[10]),
          () -> p.read(0, ByteBuffer.allocate(type().bytes())),
          () -> p.copyFrom(trial.grads().part()),
          () -> p.add(trial.grads().part()),
          p::zero
        }) {
      assertRefused(IllegalStateException.class, "closed", call);
    }
    trial.close();
  }

  @Test
  default void aClosedSliceLeavesItsBufferOpen() {
    double[] values = NumberKind.ORDINARY.take(type(), 10, 1);
    try (DeviceBuffer buffer = backend().allocate(type(), 10)) {
      Elements.write(buffer, values);
      DeviceBuffer slice = buffer.slice(1, 2);
      DeviceBuffer sibling = buffer.slice(1, 2);
      slice.close();
      assertThrows(IllegalStateException.class, () -> Elements.read(slice, new double[2]));
      assertThrows(IllegalStateException.class, () -> slice.slice(0, 1));
      Bits.assertHolds("the slice's buffer", buffer, values);
      Bits.assertHolds("its sibling", sibling, new double[] {values[1], values[2]});
    }
  }

  @Test
  default void aClosedBufferClosesItsSlices() {
    DeviceBuffer buffer = backend().allocate(type(), 10);
    DeviceBuffer slice = buffer.slice(1, 5);
    DeviceBuffer sliceOfSlice = slice.slice(1, 2);
    buffer.close();
    assertThrows(IllegalStateException.class, () -> Elements.write(buffer, new double[10]));
    assertThrows(IllegalStateException.class, () -> Elements.write(slice, new double[5]));
    assertThrows(IllegalStateException.class, () -> Elements.write(sliceOfSlice, new double[2]));
    assertThrows(IllegalStateException.class, () -> buffer.slice(0, 1));
  }

  /** Lengths that no machine has memory for, on both sides of where counts of bytes overflow. */
  @ParameterizedTest
  @ValueSource(longs = {1L << 45, 1L << 60, 1L << 61, 1L << 62, Long.MAX_VALUE})
  default void tooMuchMemoryIsRefusedAndCanBeTriedAgain(long length) {
    try (Trial trial = new Trial(backend(), type(), NamedRule.NESTEROV, 1000, Layout.GUARDED)) {
      assertThrows(
          DeviceOutOfMemoryException.class, () -> backend().allocate(type(), length).close());
      trial.steps(2, NumberKind.ORDINARY).check();
    }
  }
}
