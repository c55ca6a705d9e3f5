package dev.rootmean.djl;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.RequiredBackends;

/** The backends of these tests: one steps in the host's memory, the other in its own. */
final class OpenBackend {
  private OpenBackend() {}

  /** Opens {@code cpu}, or a backend on the processor, whose absence skips or fails the test. */
  static OptimizerBackend named(String name) {
    return name.equals("cpu") ? Backends.open(name) : RequiredBackends.open(name, "Portable");
  }
}
