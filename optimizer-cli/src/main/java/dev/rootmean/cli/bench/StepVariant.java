package dev.rootmean.cli.bench;

import dev.rootmean.DataType;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A kind of step, by the accumulators that it has.
 *
 * @param kernel the step's, for floats and without a policy, as any has the same accumulators
 */
record StepVariant(Kernel kernel) {
  static final StepVariant[] ALL =
      Kernels.ofFamily(Kernels.families().get(0)).stream()
          .map(StepVariant::new)
          .toArray(StepVariant[]::new);

  private boolean hasMomentum() {
    return has(kernel, "b");
  }

  private boolean isCentered() {
    return has(kernel, "m");
  }

  RmsProp rule() {
    return RmsProp.builder().momentum(hasMomentum() ? 0.9 : 0).centered(isCentered()).build();
  }

  /** The step's kernel for what is kept in some precision, without a policy. */
  Kernel kernel(Precision precision) {
    return Kernels.all().stream()
        .filter(other -> Kernels.isStep(other) && other.row("d") < 0)
        .filter(other -> Stream.of("b", "m").allMatch(r -> has(other, r) == has(kernel, r)))
        .filter(other -> has(other, "r") == precision.remainder())
        .filter(other -> other.rounding() == precision.rounding())
        .filter(other -> isOf(other, "p", precision.parameters()))
        .filter(other -> isOf(other, "g", precision.gradients()))
        .filter(other -> isOf(other, "v", precision.accumulators()))
        .findFirst()
        .orElseThrow();
  }

  private static boolean has(Kernel kernel, String row) {
    return kernel.row(row) >= 0;
  }

  private static boolean isOf(Kernel kernel, String row, DataType type) {
    return kernel.rows().get(kernel.row(row)).type() == type;
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
