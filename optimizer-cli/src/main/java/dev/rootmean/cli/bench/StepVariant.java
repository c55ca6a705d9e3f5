package dev.rootmean.cli.bench;

import dev.rootmean.RmsProp;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * A kind of step, by the accumulators that it has.
 *
 * @param kernel the step's, for floats and without a policy
 */
record StepVariant(Kernel kernel) {
  static final StepVariant[] ALL =
      Kernels.ofFamily(Kernels.families().get(0)).stream()
          .map(StepVariant::new)
          .toArray(StepVariant[]::new);

  private boolean hasMomentum() {
    return kernel.row("b") >= 0;
  }

  private boolean isCentered() {
    return kernel.row("m") >= 0;
  }

  RmsProp rule() {
    return RmsProp.builder().momentum(hasMomentum() ? 0.9 : 0).centered(isCentered()).build();
  }

  /** All rows but the parameters and the gradients. */
  int accumulators() {
    return kernel.rows().size() - 2;
  }

  /** As the command line has it: lower case, with hyphens. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    if (hasMomentum()) {
      words.add("momentum");
    }
    if (isCentered()) {
      words.add("centered");
    }
    return words.isEmpty() ? "plain" : String.join("-", words);
  }
}
