package dev.rootmean.cli;

import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.spi.BackendProvider;
import java.util.ServiceLoader;

/** What the commands are given as {@code --backend opencl:Portable}. */
public final class OpenClOnTheProcessor {
  private OpenClOnTheProcessor() {}

  /** Skips the test where it is missing, or fails if it is required. */
  public static void require() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("opencl")) {
        RequiredBackends.open(provider, "Portable").close();
        return;
      }
    }
    throw new AssertionError("backend-opencl is not on the class path");
  }
}
