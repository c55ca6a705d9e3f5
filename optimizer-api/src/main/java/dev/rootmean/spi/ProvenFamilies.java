package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import java.util.HashSet;
import java.util.Set;

/**
 * The families of kernels that a backend may use. The first of them is tried when a device is
 * opened; each other one is tried before its first launch.
 */
final class ProvenFamilies {
  private final Set<String> proven = new HashSet<>(Set.of(KnownAnswer.FIRST));
  private boolean trying;
  private Kernel last; // of which nothing is to be asked: small steps count nanoseconds

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
      KnownAnswer.demand(backend, kernel.family(), "launch");
      proven.add(kernel.family());
    } finally {
      trying = false;
    }
  }
}
