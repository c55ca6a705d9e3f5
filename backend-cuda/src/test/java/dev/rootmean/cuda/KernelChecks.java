package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.CheckedBlocks;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.Overflow;
import dev.rootmean.contract.Precisions;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Kernels;
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
    for (Kernel kernel : Kernels.all()) {
      if (kernel.shape() != Shape.EACH_ROW) {
        checks.put(kernel.name(), backend -> check(backend, kernel));
      }
    }
    for (String family : Kernels.familiesTogether()) {
      for (Kernel step : Kernels.stepsOf(family)) {
        checks.put(step.name() + KernelText.MANY, backend -> stepsTogether(backend, step));
      }
    }
    for (Kernel kernel : Kernels.all()) {
      if (kernel.shape() == Shape.EACH_ROW) {
        checks.put(kernel.name(), backend -> checkRows(backend, kernel));
      }
    }
    return checks;
  }

  private static void checkRows(OptimizerBackend backend, Kernel kernel) {
    if (kernel.text().equals("merge_rows")) {
      CheckedSteps.ofRows(backend, Precision.of(kernel.compute()), NamedRule.PLAIN, null);
      return;
    }
    Precision precision = Precisions.of(kernel);
    for (NamedRule name : rules(kernel)) {
      if (kernel.row("d") >= 0) {
        CheckedSteps.ofRows(backend, precision, name, CLIPPING);
        CheckedSteps.ofRows(backend, precision, name, LENIENT);
      } else {
        CheckedSteps.ofRows(backend, precision, name, null);
      }
    }
  }

  private static void check(OptimizerBackend backend, Kernel kernel) {
    switch (kernel.text()) {
      case "rmsprop", "rmsprop_block8" -> steps(backend, kernel);
      case "sum_squares" -> measurements(backend, type(kernel, "g"));
      case "decide" -> decisions(backend, kernel.compute());
      case "add" -> sums(backend, type(kernel, "a"));
      default -> throw new AssertionError("no check of " + kernel);
    }
  }

  private static DataType type(Kernel kernel, String row) {
    return kernel.rows().get(kernel.row(row)).type();
  }

  /** With rules of one kind alone some coefficients are zero, whatever is done with them. */
  private static List<NamedRule> rules(Kernel step) {
    return Arrays.stream(NamedRule.values())
        .filter(name -> name.rule().hasMomentum() == step.row("b") >= 0)
        .filter(name -> name.rule().centered() == step.row("m") >= 0)
        .toList();
  }

  /** Slices that begin on a vector, and such that do not. */
  private static void steps(OptimizerBackend backend, Kernel step) {
    Precision precision = Precisions.of(step);
    for (NamedRule name : rules(step)) {
      if (precision.accumulators().isInBlocks()) {
        for (GradientPolicy policy : policies(step)) {
          CheckedBlocks.run(backend, precision, name, policy);
        }
      } else if (step.row("d") >= 0) {
        CheckedSteps.underPolicy(backend, precision, name, CLIPPING, LENGTH, 4);
        CheckedSteps.underPolicy(backend, precision, name, LENIENT, LENGTH, 3);
      } else {
        CheckedSteps.run(backend, precision, name, NumberKind.ORDINARY, LENGTH, 4);
        CheckedSteps.run(backend, precision, name, NumberKind.BITS, LENGTH, 0);
        CheckedSteps.run(backend, precision, name, NumberKind.ORDINARY, LENGTH, 3);
      }
    }
    if (precision.parameters() == DataType.FLOAT16 && step.row("d") < 0) {
      Overflow.run(backend, precision, step.row("b") >= 0, step.row("m") >= 0);
    }
  }

  /** Null for none. */
  private static GradientPolicy[] policies(Kernel step) {
    return step.row("d") >= 0
        ? new GradientPolicy[] {CLIPPING, LENIENT}
        : new GradientPolicy[] {null};
  }

  private static void stepsTogether(OptimizerBackend backend, Kernel step) {
    Precision precision = Precisions.of(step);
    for (NamedRule name : rules(step)) {
      if (precision.accumulators().isInBlocks()) {
        for (GradientPolicy policy : policies(step)) {
          CheckedBlocks.together(backend, precision, name, policy);
        }
      } else if (step.row("d") >= 0) {
        CheckedSteps.together(backend, precision, name, CLIPPING);
        CheckedSteps.together(backend, precision, name, LENIENT);
      } else {
        CheckedSteps.together(backend, precision, name, null);
      }
    }
  }

  private static void underPolicies(OptimizerBackend backend, DataType gradType) {
    Precision precision = Precision.of(gradType.compute()).withGradients(gradType);
    CheckedSteps.underPolicy(backend, precision, NamedRule.PLAIN, CLIPPING, LENGTH, 4);
    CheckedSteps.underPolicy(backend, precision, NamedRule.PLAIN, LENIENT, LENGTH, 3);
  }

  private static void measurements(OptimizerBackend backend, DataType gradType) {
    underPolicies(backend, gradType);
    Precision precision = Precision.of(gradType.compute()).withGradients(gradType);
    for (int length : ENDS) {
      CheckedSteps.underPolicy(backend, precision, NamedRule.PLAIN, CLIPPING, length, 1);
    }
    int chunks = 2 * Kernel.CHUNK + ENDS[0];
    for (int at : new int[] {4, 1}) { // whole chunks in vectors, and out of alignment
      double[] grads = NumberKind.ORDINARY.take(gradType, chunks, at);
      CheckedSteps.measurement(backend, gradType, grads, at);
    }
    for (int lane = 0; lane < 4; lane++) { // each that a vector can have
      double[] grads = CheckedSteps.gradientsInOrder(gradType, lane);
      CheckedSteps.measurement(backend, gradType, grads, 0);
    }
  }

  /** A loss scale that grows, and falls, to where three micro-batches could not be unscaled. */
  private static GradientPolicy extreme(DataType type) {
    LossScale scale =
        type == DataType.FLOAT32
            ? new LossScale(1e38, 2, 1e-39, 1, 1e-44)
            : new LossScale(1e307, 10, 1e-308, 1, 1e-320);
    return GradientPolicy.NONE.withMicroBatches(3).withLossScale(scale);
  }

  private static void decisions(OptimizerBackend backend, DataType type) {
    underPolicies(backend, type);
    CheckedSteps.underPolicy(backend, type, NamedRule.PLAIN, extreme(type), LENGTH, 0);
    for (int chunks : ENDS) {
      chunks(backend, type, chunks);
    }
    chunks(backend, type, Kernel.LANES + ENDS[0]);
  }

  /** The sum of squares of few whole numbers, which is exact in any order. */
  private static void chunks(OptimizerBackend backend, DataType type, int chunks) {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    long length = (long) chunks * Kernel.CHUNK;
    try (DeviceBuffer grads = backend.allocate(type, length);
        GradientDecision decision = GradientDecision.allocate(backend, policy, type, length)) {
      double sum = 0;
      for (int c = 0; c < chunks; c++) {
        double value = 1 + c % 7;
        Elements.write(grads.slice((long) c * Kernel.CHUNK + c, 1), new double[] {value});
        sum += value * value;
      }
      backend.measure(grads, decision);
      assertEquals(type.round(Math.sqrt(sum)), decision.norm(), "norm of chunks");
    }
  }

  private static void sums(OptimizerBackend backend, DataType addendType) {
    DataType type = addendType.compute();
    for (int at : new int[] {0, 1}) {
      try (DeviceBuffer target = backend.allocate(type, at + LENGTH);
          DeviceBuffer addend = backend.allocate(addendType, 2 * at + LENGTH)) {
        double[] t = NumberKind.ORDINARY.take(type, LENGTH, 1);
        double[] a = NumberKind.ORDINARY.take(addendType, LENGTH, 2);
        Elements.write(target.slice(at, LENGTH), t);
        Elements.write(addend.slice(2L * at, LENGTH), a);
        target.slice(at, LENGTH).add(addend.slice(2L * at, LENGTH));
        Arrays.setAll(t, i -> type.round(t[i] + a[i]));
        Bits.assertHolds("the sum", target.slice(at, LENGTH), t);
      }
    }
  }
}
