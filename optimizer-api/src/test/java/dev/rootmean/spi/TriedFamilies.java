package dev.rootmean.spi;

import dev.rootmean.OptimizerBackend;

/**
 * For tests that count: on a backend whose families in floats and doubles were all tried, there are
 * only their steps.
 */
public final class TriedFamilies {
  private TriedFamilies() {}

  /**
   * Tries them.
   *
   * @param backend has been opened
   * @return the same
   */
  public static OptimizerBackend of(OptimizerBackend backend) {
    Kernels.families().stream()
        .filter(TriedFamilies::isWide)
        .forEach(family -> KnownAnswer.wrongStep(backend, family, false));
    Kernels.familiesTogether().stream()
        .filter(TriedFamilies::isWide)
        .forEach(family -> KnownAnswer.wrongStep(backend, family, true));
    return backend;
  }

  /** Those in fewer bits take as long as all the rest, and are many. */
  private static boolean isWide(String family) {
    return !family.contains("float16");
  }
}
