package dev.rootmean.djl;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.spi.BackendProvider;
import java.util.ServiceLoader;

/** The backends of these tests: one steps in the host's memory, the other in its own. */
final class OpenBackend {
  private OpenBackend() {}

  /**
   * Opens {@code cpu}, or {@code opencl} on the processor, or skips the test where it is missing.
   */
  static OptimizerBackend named(String name) {
    if (name.equals("cpu")) {
      return Backends.open(name);
    }
    BackendProvider provider =
        ServiceLoader.load(BackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(name))
            .findFirst()
            .orElseThrow();
    return RequiredBackends.open(provider, "Portable");
  }
}
