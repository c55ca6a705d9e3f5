package dev.rootmean.contract;

import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.contract.machinery.BlockTrial;
import dev.rootmean.contract.machinery.BlockTrial.Place;
import java.util.ArrayList;
import java.util.List;

/** As {@link CheckedSteps}, of accumulators in blocks. */
public final class CheckedBlocks {
  private static final List<Place> PLACES =
      List.of(new Place(4, 8, 1), new Place(3, 0, 0), new Place(0, 1, 2), new Place(0, 0, 0));

  private CheckedBlocks() {}

  /**
   * Fails unless steps come out with the reference's bits, and with nothing else touched: of whole
   * vectors and not, of whole blocks and not, and by any bits.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param policy has its say first; null for none
   */
  public static void run(
      OptimizerBackend backend, Precision precision, NamedRule name, GradientPolicy policy) {
    int[] lengths = {2_049, 2_050, 1_023, 3_072};
    for (int i = 0; i < lengths.length; i++) {
      try (BlockTrial trial = new BlockTrial(backend, precision, name, lengths[i], PLACES.get(i))) {
        if (policy != null) {
          trial.policy(policy);
        }
        trial.steps(3, NumberKind.ORDINARY).check();
        trial.scramble(NumberKind.BITS).steps(1, NumberKind.ORDINARY).check();
        trial.steps(1, NumberKind.BITS).steps(1, NumberKind.ORDINARY).check();
        trial.scramble(NumberKind.SPECIAL).steps(2, NumberKind.SPECIAL).check();
      }
    }
  }

  /**
   * Fails unless tensors that are stepped together come out with the reference's bits, and with
   * nothing else touched.
   *
   * @param backend an open one
   * @param precision how the rows are stored
   * @param name the rule
   * @param policy has its say first, by the gradients of the first tensor; null for none
   */
  public static void together(
      OptimizerBackend backend, Precision precision, NamedRule name, GradientPolicy policy) {
    int[] lengths = {1_607, 3, 1_026, 2_048};
    List<BlockTrial> trials = new ArrayList<>();
    try {
      for (int i = 0; i < lengths.length; i++) {
        trials.add(new BlockTrial(backend, precision, name, lengths[i], PLACES.get(i)));
        trials.get(i).scramble(NumberKind.ORDINARY);
      }
      if (policy != null) {
        trials.get(0).policy(policy);
      }
      for (NumberKind kind :
          List.of(NumberKind.ORDINARY, NumberKind.ORDINARY, NumberKind.BITS, NumberKind.ORDINARY)) {
        BlockTrial.stepTogether(trials, kind);
      }
      trials.forEach(BlockTrial::check);
      trials.forEach(trial -> trial.scramble(NumberKind.BITS));
      BlockTrial.stepTogether(trials, NumberKind.ORDINARY);
      trials.forEach(BlockTrial::check);
    } finally {
      trials.forEach(BlockTrial::close);
    }
  }
}
