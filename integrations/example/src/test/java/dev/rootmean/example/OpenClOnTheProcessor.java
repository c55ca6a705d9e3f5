package dev.rootmean.example;

import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.spi.BackendProvider;
import java.util.ServiceLoader;

/** What an example is given as {@code --backend opencl:Portable}. */
final class OpenClOnTheProcessor {
  private OpenClOnTheProcessor() {}

  /** Skips the test where it is missing, or fails if it is required. */
  static void require() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("opencl")) {
        RequiredBackends.open(provider, "Portable").close();
        return;
      }
    }
    throw new AssertionError("backend-opencl is not on the class path");
  }
}
