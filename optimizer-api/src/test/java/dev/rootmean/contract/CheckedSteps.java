package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.machinery.ReferencePolicy;
import dev.rootmean.contract.machinery.ReferencePrecision;
import dev.rootmean.contract.machinery.RowTrial;
import dev.rootmean.contract.machinery.Trial;
import dev.rootmean.spi.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps on a device and by the reference, where the contract's JUnit is not at hand. */
public final class CheckedSteps {
  /** The upper words of places and attempts count too; that of places changes. */
  private static final long PLACE = (1L << 32) - 100;

  private static final long FIRST_ATTEMPT = (5L << 32) + 3;

  private CheckedSteps() {}

  /**
   * Fails unless every variant gives the reference's bits in every type that the device has.
   *
   * @param backend an open one
   * @param length the number of elements
   */
  public static void everyVariant(OptimizerBackend backend, int length) {
    for (DataType type : backend.info().dataTypes()) {
      for (NamedRule name : NamedRule.VARIANTS) {
        run(backend, type, name, NumberKind.ORDINARY, length, 0);
      }
    }
  }

  /**
   * Fails unless a slice at the end of each buffer comes out with the reference's bits.
   *
   * @param backend an open one
   * @param type of the elements
   * @param name the rule
   * @param kind of numbers
   * @param length the number of elements
   * @param at where the parameters begin; the gradients at twice, the state at thrice that
   */
  public static void run(
      OptimizerBackend backend,
      DataType type,
      NamedRule name,
      NumberKind kind,
      int length,
      long at) {
    run(backend, Precision.of(type), name, kind, length, at);
  }

  /**
   * The same, with rows of several types.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param kind of numbers
   * @param length the number of elements
   * @param at where the parameters begin; the gradients at twice, the state at thrice that
   */
  public static void run(
      OptimizerBackend backend,
      Precision precision,
      NamedRule name,
      NumberKind kind,
      int length,
      long at) {
    RmsProp rule = name.rule();
    DataType gradType = precision.gradients();
    try (DeviceBuffer params = backend.allocate(precision.parameters(), at + length);
        DeviceBuffer grads = backend.allocate(gradType, 2 * at + length);
        RmsPropState state =
            RmsPropState.allocate(backend, rule, precision, PLACE, 3 * at + length)) {
      DeviceBuffer pPart = params.slice(at, length);
      DeviceBuffer gPart = grads.slice(2 * at, length);
      RmsPropState part = state.slice(3 * at, length);
      // All rows are written, as oclgrind takes what was only filled for uninitialized.
      double[] p = written(pPart, kind, length);
      double[] v = written(part.squareAverage(), kind, length);
      double[] b = written(part.momentum(), kind, length);
      double[] m = written(part.gradientAverage(), kind, length);
      double[] r = written(part.remainder(), kind, length);
      for (int step = 0; step < 2; step++) {
        double[] g = kind.take(gradType, length, step);
        Elements.write(gPart, g);
        part.attempt(FIRST_ATTEMPT + step);
        backend.step(rule, pPart, gPart, part);
        new ReferencePrecision(precision, rule)
            .step(FIRST_ATTEMPT + step, PLACE + 3 * at, p, g, v, b, m, r);
      }
      String what = name + ", " + kind + ", " + length + " elements at " + at + ", " + precision;
      Bits.assertHolds("params of " + what, pPart, p);
      Bits.assertHolds("squareAverage of " + what, part.squareAverage(), v);
      part.momentum().ifPresent(row -> Bits.assertHolds("momentum of " + what, row, b));
      part.gradientAverage().ifPresent(row -> Bits.assertHolds("mean of " + what, row, m));
      part.remainder().ifPresent(row -> Bits.assertHolds("remainder of " + what, row, r));
    }
  }

  /**
   * Fails unless steps under a policy, three of them with a gradient that is not finite, come out
   * with the reference's bits, and with nothing else touched.
   *
   * @param backend an open one
   * @param type of the elements
   * @param name the rule
   * @param policy has its say first
   * @param length the number of elements
   * @param at where the parameters begin; the gradients at twice, the state at thrice that
   */
  public static void underPolicy(
      OptimizerBackend backend,
      DataType type,
      NamedRule name,
      GradientPolicy policy,
      int length,
      int at) {
    underPolicy(backend, Precision.of(type), name, policy, length, at);
  }

  /**
   * The same, with rows of several types.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param policy has its say first
   * @param length the number of elements
   * @param at where the parameters begin; the gradients at twice, the state at thrice that
   */
  public static void underPolicy(
      OptimizerBackend backend,
      Precision precision,
      NamedRule name,
      GradientPolicy policy,
      int length,
      int at) {
    double[] bad = NumberKind.ORDINARY.take(precision.gradients(), length, 1);
    bad[length / 2] = Double.NaN;
    try (Trial trial =
        new Trial(backend, precision, name, length, Trial.Layout.at(at, 2 * at, 3 * at))) {
      trial.policy(policy).scramble(NumberKind.ORDINARY).steps(3, NumberKind.ORDINARY).check();
      trial.step(name.rule(), bad).step(name.rule(), bad).check();
      trial.steps(1, NumberKind.ORDINARY).check();
      trial.step(name.rule(), bad).check();
      for (NumberKind kind : List.of(NumberKind.BITS, NumberKind.SPECIAL)) {
        trial.scramble(kind).steps(1, NumberKind.ORDINARY).check();
      }
    }
  }

  /**
   * Fails unless tensors that are stepped together come out with the reference's bits, and with
   * nothing else touched: some in vectors, some not, the last one of several groups.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param policy has its say first, by the gradients of the first tensor; null for none
   */
  public static void together(
      OptimizerBackend backend, Precision precision, NamedRule name, GradientPolicy policy) {
    List<Trial> trials = new ArrayList<>();
    try {
      int[][] tensors = {{1607, 4}, {3, 0}, {905, 1}, {1, 3}, {2051, 8}};
      for (int[] tensor : tensors) {
        Trial.Layout layout = Trial.Layout.at(tensor[1], 2 * tensor[1], 3 * tensor[1]);
        Trial trial = new Trial(backend, precision, name, tensor[0], layout);
        trials.add(trial);
        trial.scramble(NumberKind.ORDINARY);
      }
      if (policy != null) {
        trials.get(0).policy(policy);
      }
      for (NumberKind kind :
          List.of(NumberKind.ORDINARY, NumberKind.ORDINARY, NumberKind.BITS, NumberKind.ORDINARY)) {
        Trial.stepTogether(trials, kind);
      }
      trials.forEach(Trial::check);
      trials.forEach(trial -> trial.scramble(NumberKind.BITS));
      Trial.stepTogether(trials, NumberKind.ORDINARY);
      trials.forEach(Trial::check);
    } finally {
      trials.forEach(Trial::close);
    }
  }

  /**
   * Fails unless rows of tables come out with the reference's bits, and no other row is touched: by
   * gradients that are summed, in more than one chunk too, and by such that are not.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param policy has its say first, by the sums; null for none
   */
  public static void ofRows(
      OptimizerBackend backend, Precision precision, NamedRule name, GradientPolicy policy) {
    for (int width : new int[] {1, 19, 300}) {
      try (RowTrial trial = new RowTrial(backend, precision, name, 40, width)) {
        if (policy != null) {
          trial.policy(policy);
        }
        trial.scramble(NumberKind.ORDINARY).step(width == 19 ? 900 : 60, NumberKind.ORDINARY);
        trial.step(
            new int[] {39, 0, 7}, NumberKind.ORDINARY.take(precision.gradients(), 3 * width, 1));
        if (policy != null) {
          double[] bad = new double[width];
          bad[width - 1] = Double.NaN;
          trial.step(new int[] {5}, bad);
        }
        trial.check();
        trial.scramble(NumberKind.BITS).step(60, NumberKind.ORDINARY).check();
      }
    }
  }

  /**
   * Fails unless gradients are measured with the reference's bits, and left as they are.
   *
   * @param backend an open one
   * @param gradType of the gradients
   * @param grads the gradients
   * @param at where they begin in their buffer
   */
  public static void measurement(
      OptimizerBackend backend, DataType gradType, double[] grads, int at) {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1e-3);
    try (DeviceBuffer whole = backend.allocate(gradType, at + grads.length);
        GradientDecision decision =
            GradientDecision.allocate(backend, policy, gradType, grads.length)) {
      DeviceBuffer part = whole.slice(at, grads.length);
      Elements.write(part, grads);
      ReferencePolicy reference = new ReferencePolicy(gradType.compute(), policy);
      backend.measure(part, decision);
      reference.measure(grads);
      reference.assertHeldBy(decision, grads.length + " gradients at " + at);
      Bits.assertHolds("the gradients", part, grads);
    }
  }

  /**
   * A chunk of gradients that are zero but for one lane: its first square rounds all the others
   * away, unless some of them are added to one another first.
   *
   * @param gradType of the gradients
   * @param lane the lane
   * @return the gradients
   */
  public static double[] gradientsInOrder(DataType gradType, int lane) {
    double[] grads = new double[Kernel.CHUNK];
    for (int i = lane; i < grads.length; i += Kernel.LANES) {
      grads[i] = i == lane ? 1.5 : gradType.compute() == DataType.FLOAT32 ? 0x1p-12 : 0x1p-26;
    }
    return grads;
  }

  private static double[] written(Optional<DeviceBuffer> row, NumberKind kind, int length) {
    return row.map(buffer -> written(buffer, kind, length)).orElse(null);
  }

  private static double[] written(DeviceBuffer row, NumberKind kind, int length) {
    double[] values = kind.take(row.dataType(), length, 7);
    Elements.write(row, values);
    return values;
  }
}
