package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients that are stored in fewer bits than the parameters. */
public interface MixedTypesContract extends BackendUnderTest {
  /** They straddle vectors, stages and pages. */
  List<Integer> SIZES = List.of(1, 3, 4, 5, 255, 1000, 2049, 16_383, 16_385, 40_003);

  /** All begin on vectors, none does, and each at another place. */
  List<Layout> LAYOUTS =
      List.of(Layout.WHOLE, Layout.GUARDED, Layout.at(1, 1, 1), Layout.at(4, 6, 9));

  static Stream<Arguments> trials() {
    return NamedRule.VARIANTS.stream()
        .flatMap(rule -> LAYOUTS.stream().map(layout -> arguments(rule, layout)));
  }

  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.MixedTypesContract#trials")
  default void gradientsInFewerBits(NamedRule rule, Layout layout) {
    for (DataType gradType : gradTypes()) {
      for (int length : SIZES) {
        for (NumberKind numbers : new NumberKind[] {NumberKind.ORDINARY, NumberKind.BITS}) {
          try (Trial trial = new Trial(backend(), type(), gradType, rule, length, layout)) {
            trial.steps(3, numbers).check();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.rootmean.contract.machinery.MixedTypesContract#trials")
  default void gradientsInFewerBitsByAPolicy(NamedRule rule, Layout layout) {
    GradientPolicy norm = GradientPolicy.NONE.withNormClip(3, 0.5);
    for (DataType gradType : gradTypes()) {
      for (int length : SIZES) {
        for (GradientPolicy policy : new GradientPolicy[] {norm, norm.withValueClip(0.4)}) {
          try (Trial trial = new Trial(backend(), type(), gradType, rule, length, layout)) {
            trial.policy(policy).steps(3, NumberKind.ORDINARY).check();
          }
        }
      }
    }
  }

  /** As bytes they come and go unchanged, NaN with whatever payload too. */
  @Test
  default void theirBitsAreKept() {
    for (DataType gradType : gradTypes()) {
      int length = 70_001;
      ByteBuffer bits =
          ByteBuffer.allocateDirect(length * gradType.bytes()).order(ByteOrder.nativeOrder());
      for (int i = 0; i < length; i++) {
        bits.putShort(2 * i, (short) (31 * i));
      }
      byte[] found = new byte[bits.capacity()];
      byte[] expected = new byte[bits.capacity()];
      bits.get(0, expected);
      try (DeviceBuffer buffer = backend().allocate(gradType, length + 3);
          DeviceBuffer copy = backend().allocate(gradType, length)) {
        buffer.write(2, bits);
        copy.copyFrom(buffer.slice(2, length));
        copy.read(0, ByteBuffer.wrap(found).order(ByteOrder.nativeOrder()));
        assertArrayEquals(expected, found);
        copy.slice(1, length - 1).zero();
        copy.read(0, ByteBuffer.wrap(found).order(ByteOrder.nativeOrder()));
        assertEquals(0, found[2 * length - 1]);
        assertEquals(expected[1], found[1]);
      }
    }
  }

  @Test
  default void typesThatDoNotGoTogetherAreRefused() {
    RmsProp rule = NamedRule.PLAIN.rule();
    for (DataType gradType : gradTypes()) {
      try (DeviceBuffer wide = backend().allocate(type(), 8);
          DeviceBuffer narrow = backend().allocate(gradType, 8);
          RmsPropState state = RmsPropState.allocate(backend(), rule, type(), 8)) {
        String expected = type() + " with " + gradType;
        Class<IllegalArgumentException> refusal = IllegalArgumentException.class;
        assertRefused(refusal, expected, () -> backend().step(rule, narrow, wide, state));
        assertRefused(refusal, expected, () -> backend().step(rule, narrow, narrow, state));
        assertRefused(refusal, gradType.name(), () -> narrow.add(narrow));
        assertRefused(refusal, gradType.name(), () -> wide.add(narrow));
        assertRefused(refusal, gradType.name(), () -> wide.copyFrom(narrow));
        assertRefused(refusal, gradType.name(), () -> narrow.write(new float[8]));
        assertRefused(refusal, gradType.name(), () -> narrow.read(new double[8]));
        try (RmsPropState narrowState = RmsPropState.allocate(backend(), rule, gradType, 8)) {
          assertRefused(refusal, "state", () -> backend().step(rule, wide, narrow, narrowState));
        }
        try (GradientDecision decision =
            GradientDecision.allocate(backend(), GradientPolicy.NONE, gradType, 8)) {
          assertEquals(type(), decision.buffer().dataType());
        }
      }
    }
  }

  /** A step by them, and what a policy wants of them. */
  @Test
  default void stepsByThemAllocateNothing() {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (DataType gradType : gradTypes()) {
      NamedRule rule = NamedRule.MOMENTUM_CENTERED;
      try (Trial trial = new Trial(backend(), type(), gradType, rule, 100, Layout.at(1, 2, 3))) {
        trial.policy(GradientPolicy.NONE.withNormClip(1));
        DeviceBuffer params = trial.params().part();
        DeviceBuffer grads = trial.grads().part();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
          long before = thread.getCurrentThreadAllocatedBytes();
          for (int i = 0; i < 300; i++) {
            backend().step(trial.rule(), params, grads, trial.state());
            backend().measure(grads, trial.decision());
            backend().step(trial.rule(), params, grads, trial.state(), trial.decision());
          }
          least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
          backend().synchronize();
        }
        assertEquals(0, least, "bytes on the Java heap for 600 steps");
      }
    }
  }
}
