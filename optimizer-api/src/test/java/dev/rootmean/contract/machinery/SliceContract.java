package dev.rootmean.contract.machinery;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ReferenceStep;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slices begin and end anywhere, and what is beside them stays as it is. */
public interface SliceContract extends BackendUnderTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "4, 4, 4",
    "5, 5, 5",
    "16383, 16383, 16383", // at equal places
    "1, 2, 3",
    "3, 1, 2",
    "2, 3, 1",
    "4, 8, 12",
    "0, 1, 0",
    "0, 0, 5",
    "7, 0, 0",
    "4097, 5, 3",
    "1, 4097, 16383",
    "16383, 1, 4097",
    "16383, 16384, 16385",
    "0, 16385, 16384"
  })
  default void slicesAtAnyOffset(int params, int grads, int state) {
    Layout layout = Layout.at(params, grads, state);
    for (NamedRule rule : NamedRule.VARIANTS) {
      for (int length : new int[] {1, 6, 131, 4098, 20_001}) {
        try (Trial trial = new Trial(backend(), type(), rule, length, layout)) {
          trial.steps(3, NumberKind.ORDINARY).check();
        }
      }
    }
  }

  @Test
  default void slicesTakeAllKindsOfNumbers() {
    for (NamedRule rule : NamedRule.VARIANTS) {
      for (NumberKind kind : NumberKind.values()) {
        try (Trial trial = new Trial(backend(), type(), rule, 2049, Layout.at(1, 2, 3))) {
          trial.scramble(kind).steps(3, kind).check();
        }
      }
    }
  }

  @Test
  default void aSliceIsAView() {
    double[] expected = NumberKind.ORDINARY.take(type(), 40_000, 1);
    double[] patch = NumberKind.ORDINARY.take(type(), 20_000, 2);
    try (DeviceBuffer whole = backend().allocate(type(), expected.length)) {
      Elements.write(whole, expected);
      DeviceBuffer outer = whole.slice(101, 30_000);
      DeviceBuffer inner = outer.slice(55, patch.length);
      Bits.assertHolds("slice", outer, Arrays.copyOfRange(expected, 101, 30_101));
      Bits.assertHolds("slice of slice", inner, Arrays.copyOfRange(expected, 156, 20_156));

      Elements.write(inner, patch);
      System.arraycopy(patch, 0, expected, 156, patch.length);
      Bits.assertHolds("the slice's buffer", whole, expected);
      Bits.assertHolds("slice of all", whole.slice(0, expected.length), expected);
    }
  }

  @Test
  default void aTensorCanBeSteppedPartByPart() {
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    int[] ends = {1, 2, 5, 9, 300, 16_384, 16_385, 32_771, 40_000};
    int length = ends[ends.length - 1];
    double[] p = NumberKind.ORDINARY.take(type(), length, 1);
    double[] g = NumberKind.ORDINARY.take(type(), length, 2);
    double[] v = new double[length];
    double[] b = new double[length];
    double[] m = new double[length];
    Arrays.fill(v, type().round(rule.initialSquareAverage()));
    try (DeviceBuffer params = backend().allocate(type(), length);
        DeviceBuffer grads = backend().allocate(type(), length);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), length)) {
      Elements.write(params, p);
      Elements.write(grads, g);
      int start = 0;
      for (int end : ends) {
        int part = end - start;
        backend()
            .step(
                rule,
                params.slice(start, part),
                grads.slice(start, part),
                state.slice(start, part));
        start = end;
      }
      new ReferenceStep(type(), rule).step(p, g, v, b, m);
      Bits.assertHolds("params", params, p);
      Bits.assertHolds("grads", grads, g);
      Bits.assertHolds("squareAverage", state.squareAverage(), v);
      Bits.assertHolds("momentum", state.momentum().orElseThrow(), b);
      Bits.assertHolds("gradientAverage", state.gradientAverage().orElseThrow(), m);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1000", "1000, 0", "3, 1500", "2000, 1"})
  default void paramsAndGradsCanShareABuffer(int paramsAt, int gradsAt) {
    RmsProp rule = NamedRule.PLAIN.rule();
    int length = 1000;
    double[] all = NumberKind.ORDINARY.take(type(), 3000, 1);
    try (DeviceBuffer shared = backend().allocate(type(), all.length);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), length)) {
      Elements.write(shared, all);
      backend().step(rule, shared.slice(paramsAt, length), shared.slice(gradsAt, length), state);

      double[] p = Arrays.copyOfRange(all, paramsAt, paramsAt + length);
      double[] g = Arrays.copyOfRange(all, gradsAt, gradsAt + length);
      double[] v = new double[length];
      Arrays.fill(v, type().round(rule.initialSquareAverage()));
      new ReferenceStep(type(), rule).step(p, g, v, null, null);
      System.arraycopy(p, 0, all, paramsAt, length);
      Bits.assertHolds("the shared buffer", shared, all);
      Bits.assertHolds("squareAverage", state.squareAverage(), v);
    }
  }
}
