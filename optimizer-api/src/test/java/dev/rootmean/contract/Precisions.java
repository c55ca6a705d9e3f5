package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.List;
import java.util.stream.Stream;

/** The precisions that there are steps for. */
public final class Precisions {
  /** Both halves count. */
  private static final long SEED = 0x9E37_79B9_7F4A_7C15L;

  private Precisions() {}

  /**
   * The precision of a step.
   *
   * @param step one of {@link Kernels#stepsOf}
   * @return how its rows are stored
   */
  public static Precision of(Kernel step) {
    return new Precision(
        type(step, "p"),
        type(step, "g"),
        type(step, "v"),
        step.row("r") >= 0,
        step.rounding(),
        step.rounding() == Rounding.RANDOM ? SEED : 0);
  }

  private static DataType type(Kernel step, String row) {
    return step.rows().get(step.row(row)).type();
  }

  /**
   * All that rows of tables can have.
   *
   * @param compute the type that they are computed in
   * @return each once, in the order of {@link Kernels#all}
   */
  public static List<Precision> ofRows(DataType compute) {
    return Kernels.all().stream()
        .filter(kernel -> kernel.text().equals("step_rows") && kernel.compute() == compute)
        .map(Precisions::of)
        .distinct()
        .toList();
  }

  /**
   * All whose accumulators are in blocks of 8 bits.
   *
   * @return each once, in the order of {@link Kernels#all}
   */
  public static List<Precision> inBlocks() {
    return all().filter(precision -> precision.accumulators().isInBlocks()).toList();
  }

  /**
   * All others that have rows of 16 bits.
   *
   * @return each once, in the order of {@link Kernels#all}
   */
  public static List<Precision> inFewerBits() {
    return all()
        .filter(precision -> !precision.equals(Precision.of(precision.parameters().compute())))
        .filter(precision -> !precision.accumulators().isInBlocks())
        .toList();
  }

  private static Stream<Precision> all() {
    return Kernels.families().stream()
        .flatMap(family -> Kernels.stepsOf(family).stream())
        .map(Precisions::of)
        .distinct();
  }
}
