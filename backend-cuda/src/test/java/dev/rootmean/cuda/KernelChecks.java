package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.KernelSource.Dialect;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.kernels.Variant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** For each kernel by its name, checks on an open backend that run each line of it. */
final class KernelChecks {
  /** Vectors and single elements, in several blocks. */
  private static final int LENGTH = 1607;

  /** Each ends in another one of a work-item's four lanes. */
  private static final int[] ENDS = {5, 300, 600, 1000};

  /** The norm is above the limit of the first, and the loss scale grows and falls to its least. */
  private static final GradientPolicy CLIPPING =
      GradientPolicy.NONE
          .withValueClip(0.3)
          .withNormClip(7, 2)
          .withLossScale(new LossScale(3, 1.7, 0.3, 2, 0.7))
          .withMicroBatches(3)
          .withNonFinite(NonFinite.SKIP_STEP);

  private static final GradientPolicy LENIENT =
      GradientPolicy.NONE
          .withValueClip(0.9)
          .withNormClip(1e6)
          .withLossScale(LossScale.constant(2))
          .withNonFinite(NonFinite.IGNORE);

  private KernelChecks() {}

  static Map<String, Consumer<OptimizerBackend>> all() {
    Map<String, Consumer<OptimizerBackend>> checks = new LinkedHashMap<>();
    for (DataType type : DataType.values()) {
      for (Variant variant : Variant.values()) {
        checks.put(kernel(variant, type, false), backend -> steps(backend, type, variant));
        checks.put(kernel(variant, type, true), backend -> underPolicies(backend, type, variant));
      }
      PolicySource policy = new PolicySource(Dialect.CUDA, type, true);
      checks.put(policy.sum(), backend -> measurements(backend, type));
      checks.put(policy.decide(), backend -> decisions(backend, type));
      checks.put(policy.add(), backend -> sums(backend, type));
    }
    return checks;
  }

  private static String kernel(Variant variant, DataType type, boolean controlled) {
    return new KernelSource(Dialect.CUDA, variant, type, true, controlled).name();
  }

  /** With rules of one kind alone some coefficients are zero, whatever is done with them. */
  private static List<NamedRule> rules(Variant variant) {
    return Arrays.stream(NamedRule.values())
        .filter(name -> Variant.of(name.rule().hasMomentum(), name.rule().centered()) == variant)
        .toList();
  }

  /** Slices that begin on a vector, and such that do not. */
  private static void steps(OptimizerBackend backend, DataType type, Variant variant) {
    for (NamedRule name : rules(variant)) {
      CheckedSteps.run(backend, type, name, NumberKind.ORDINARY, LENGTH, 4);
      CheckedSteps.run(backend, type, name, NumberKind.BITS, LENGTH, 0);
      CheckedSteps.run(backend, type, name, NumberKind.ORDINARY, LENGTH, 3);
    }
  }

  private static void underPolicies(OptimizerBackend backend, DataType type, Variant variant) {
    for (NamedRule name : rules(variant)) {
      CheckedSteps.underPolicy(backend, type, name, CLIPPING, LENGTH, 4);
      CheckedSteps.underPolicy(backend, type, name, LENIENT, LENGTH, 3);
    }
  }

  private static void measurements(OptimizerBackend backend, DataType type) {
    underPolicies(backend, type, Variant.PLAIN);
    for (int length : ENDS) {
      CheckedSteps.underPolicy(backend, type, NamedRule.PLAIN, CLIPPING, length, 1);
    }
    int chunks = 2 * GradientDecision.CHUNK + ENDS[0];
    for (int at : new int[] {4, 1}) { // whole chunks in vectors, and out of alignment
      CheckedSteps.measurement(backend, type, Numbers.ORDINARY.take(type, chunks, at), at);
    }
    for (int lane = 0; lane < 4; lane++) { // each that a vector can have
      CheckedSteps.measurement(backend, type, CheckedSteps.gradientsInOrder(type, lane), 0);
    }
  }

  /** A loss scale that grows, and falls, to where three micro-batches could not be unscaled. */
  private static GradientPolicy extreme(DataType type) {
    LossScale scale =
        switch (type) {
          case FLOAT32 -> new LossScale(1e38, 2, 1e-39, 1, 1e-44);
          case FLOAT64 -> new LossScale(1e307, 10, 1e-308, 1, 1e-320);
        };
    return GradientPolicy.NONE.withMicroBatches(3).withLossScale(scale);
  }

  private static void decisions(OptimizerBackend backend, DataType type) {
    underPolicies(backend, type, Variant.PLAIN);
    CheckedSteps.underPolicy(backend, type, NamedRule.PLAIN, extreme(type), LENGTH, 0);
    for (int chunks : ENDS) {
      chunks(backend, type, chunks);
    }
    chunks(backend, type, GradientDecision.LANES + ENDS[0]);
  }

  /** The sum of squares of few whole numbers, which is exact in any order. */
  private static void chunks(OptimizerBackend backend, DataType type, int chunks) {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    long length = (long) chunks * GradientDecision.CHUNK;
    try (DeviceBuffer grads = backend.allocate(type, length);
        GradientDecision decision = GradientDecision.allocate(backend, policy, type, length)) {
      double sum = 0;
      for (int c = 0; c < chunks; c++) {
        double value = 1 + c % 7;
        Elements.write(grads.slice((long) c * GradientDecision.CHUNK + c, 1), new double[] {value});
        sum += value * value;
      }
      backend.measure(grads, decision);
      assertEquals(type.round(Math.sqrt(sum)), decision.norm(), "norm of chunks");
    }
  }

  private static void sums(OptimizerBackend backend, DataType type) {
    for (int at : new int[] {0, 1}) {
      try (DeviceBuffer target = backend.allocate(type, at + LENGTH);
          DeviceBuffer addend = backend.allocate(type, 2 * at + LENGTH)) {
        double[] t = NumberKind.ORDINARY.take(type, LENGTH, 1);
        double[] a = NumberKind.ORDINARY.take(type, LENGTH, 2);
        Elements.write(target.slice(at, LENGTH), t);
        Elements.write(addend.slice(2L * at, LENGTH), a);
        target.slice(at, LENGTH).add(addend.slice(2L * at, LENGTH));
        Arrays.setAll(t, i -> type.round(t[i] + a[i]));
        Bits.assertHolds("the sum", target.slice(at, LENGTH), t);
      }
    }
  }
}
