package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import java.util.HashSet;
import java.util.Set;

/**
 * The families of kernels that a backend may use, for one launch at a time or for several at once,
 * which may be other code. The first family is tried one at a time when a device is opened; each
 * other is tried before its first launch.
 */
final class ProvenFamilies {
  private final boolean together;
  private final Set<String> proven = new HashSet<>();
  private boolean trying;
  private Kernel last; // of which nothing is to be asked: small steps count nanoseconds

  /** For several launches at once or not. */
  ProvenFamilies(boolean together) {
    this.together = together;
    if (!together) {
      proven.add(KnownAnswer.FIRST);
    }
  }

  /**
   * Tries the family of a kernel, unless that has been done.
   *
   * @throws BackendException if its bits are wrong on a backend that says that it is exact
   */
  void prove(OptimizerBackend backend, Kernel kernel) {
    if (kernel == last || trying) { // the trial itself launches them
      return;
    }
    if (!proven.contains(kernel.family())) {
      tryOut(backend, kernel);
    }
    last = kernel;
  }

  private void tryOut(OptimizerBackend backend, Kernel kernel) {
    trying = true;
    try {
      KnownAnswer.demand(backend, kernel.family(), together, "launch");
      proven.add(kernel.family());
    } finally {
      trying = false;
    }
  }
}
