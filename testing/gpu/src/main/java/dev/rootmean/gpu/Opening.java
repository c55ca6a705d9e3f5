package dev.rootmean.gpu;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Opens what a part runs on. */
final class Opening {
  private Opening() {}

  /**
   * Opens a backend of those that were asked for.
   *
   * @return none, which is told, if it is not the first of them and cannot be opened
   * @throws BackendException if it is the first, and cannot
   */
  static Optional<OptimizerBackend> of(Asked asked, String backend, Findings findings) {
    try {
      OptimizerBackend opened = Backends.open(backend);
      if (!opened.info().exact()) {
        findings.check(backend + " gives the known answers", false, opened.info().device());
      }
      return Optional.of(opened);
    } catch (BackendException e) {
      if (backend.equals(asked.backends().get(0))) {
        throw e;
      }
      findings.skip(backend, e.getMessage());
      return Optional.empty();
    }
  }

  /** Does something with each of those that were asked for, by its name. */
  static void each(Asked asked, Findings findings, BiConsumer<String, OptimizerBackend> work) {
    for (String name : asked.backends()) {
      Optional<OptimizerBackend> opened = of(asked, name, findings);
      if (opened.isPresent()) {
        try (OptimizerBackend backend = opened.get()) {
          work.accept(name, backend);
        }
      }
    }
  }

  /** Whether it can be opened, with the same consequences. */
  static boolean works(Asked asked, String backend, Findings findings) {
    Optional<OptimizerBackend> opened = of(asked, backend, findings);
    opened.ifPresent(OptimizerBackend::close);
    return opened.isPresent();
  }
}
