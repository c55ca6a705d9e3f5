package dev.rootmean.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.emulator.CudaEmulator;

/**
 * The command line on a machine whose NVIDIA driver is emulated: a child JVM's main class, since a
 * JVM that has looked for a driver in vain never finds one.
 */
public final class RootmeanOnTheEmulator {
  private RootmeanOnTheEmulator() {}

  public static void main(String[] arguments) {
    CudaEmulator.reset(); // loads it, before JCuda looks for a driver
    Rootmean.main(arguments);
  }

  /**
   * Runs a command in such a JVM and reads the object that it prints; skips without an emulator.
   */
  public static JsonNode json(String... arguments) throws Exception {
    if (!CudaEmulator.isBuilt()) {
      RequiredBackends.skipOrFail(
          "cuda", "rootmean on CUDA: the emulator is not built: run testing/cuda-emulator/build");
    }
    ChildJvm.Outcome outcome =
        ChildJvm.of(RootmeanOnTheEmulator.class)
            .environment("ROOTMEAN_CUDA_EMULATOR", "seed=1 deferred=1 race-check=1")
            .run(arguments)
            .succeeded();
    String json = outcome.text().lines().filter(line -> line.startsWith("{")).findAny().orElse("");
    return new ObjectMapper().readTree(json);
  }
}
