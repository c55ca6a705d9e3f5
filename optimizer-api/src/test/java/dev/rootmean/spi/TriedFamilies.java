package dev.rootmean.spi;

import dev.rootmean.OptimizerBackend;

/** For tests that count: on a backend whose families were all tried, there are only their steps. */
public final class TriedFamilies {
  private TriedFamilies() {}

  /**
   * Tries them.
   *
   * @param backend has been opened
   * @return the same
   */
  public static OptimizerBackend of(OptimizerBackend backend) {
    for (String family : Kernels.families()) {
      KnownAnswer.wrongStep(backend, family, false);
      KnownAnswer.wrongStep(backend, family, true);
    }
    return backend;
  }
}
