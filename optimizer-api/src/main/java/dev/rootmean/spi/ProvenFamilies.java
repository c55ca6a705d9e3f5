package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.OptimizerBackend;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The families of kernels that a backend may use. Who opens it tries the first of them; each other
 * is tried before its first launch.
 */
final class ProvenFamilies {
  private final Set<Kernel> proven = Collections.newSetFromMap(new IdentityHashMap<>());

  ProvenFamilies() {
    proven.addAll(Kernels.ofFamily(KnownAnswer.FIRST));
  }

  /**
   * Tries the family of a kernel, unless that has been done.
   *
   * @throws BackendException if its bits are wrong on a backend that says that it is exact
   */
  void prove(OptimizerBackend backend, Kernel kernel) {
    if (proven.contains(kernel)) {
      return;
    }
    List<Kernel> family = Kernels.ofFamily(kernel.family());
    proven.addAll(family); // the trial itself launches them
    boolean right = false;
    try {
      Optional<String> wrong = KnownAnswer.wrongStep(backend, kernel.family());
      BackendInfo info = backend.info();
      if (wrong.isPresent() && info.exact()) {
        throw new BackendException(
            info.name(), "launch", KnownAnswer.refusal(info, wrong.get()), null);
      }
      right = true;
    } finally {
      if (!right) {
        family.forEach(proven::remove);
      }
    }
  }
}
