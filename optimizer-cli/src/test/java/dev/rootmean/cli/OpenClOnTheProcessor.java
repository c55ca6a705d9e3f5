package dev.rootmean.cli;

import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.spi.BackendProvider;
import java.util.ServiceLoader;

/** What the commands are given as {@code --backend opencl:Portable}. */
public final class OpenClOnTheProcessor {
  private OpenClOnTheProcessor() {}

  /** Skips the test where it is missing, or fails if it is required. */
  public static void require() {
    require("Portable");
  }

  /**
   * The same for an implementation of another name.
   *
   * @param device a part of its devices' names
   */
  public static void require(String device) {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("opencl")) {
        RequiredBackends.open(provider, device).close();
        return;
      }
    }
    throw new AssertionError("backend-opencl is not on the class path");
  }
}
