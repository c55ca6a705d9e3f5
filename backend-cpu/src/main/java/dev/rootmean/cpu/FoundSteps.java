package dev.rootmean.cpu;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.WrappedSteps;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * What this JVM has to step foreign memory with: looked for, and tried, once.
 *
 * @param steps null if memory is staged
 * @param inWords what a device's description ends with; nothing if there is none to be found
 */
record FoundSteps(ForeignSteps steps, String inWords) {
  private static FoundSteps found;

  /** An error that may not come again is thrown, and the next call looks anew. */
  static synchronized FoundSteps find() {
    if (found == null) {
      ClassLoader loader = FoundSteps.class.getClassLoader();
      found = of(() -> ServiceLoader.load(ForeignSteps.class, loader).findFirst());
    }
    return found;
  }

  /** Whatever goes wrong in a step goes wrong here, where no parameter of a user's is lost. */
  static FoundSteps of(Supplier<Optional<ForeignSteps>> service) {
    try {
      Optional<ForeignSteps> first = service.get();
      if (first.isEmpty()) {
        return new FoundSteps(null, "");
      }
      demandBits(first.get());
      return new FoundSteps(first.get(), ", wrapped memory in place once compiled");
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof VirtualMachineError error) {
        throw error;
      }
      boolean isTold = cause instanceof UnsupportedOperationException;
      String why = isTold ? cause.getMessage() : cause.toString();
      return new FoundSteps(null, ", wrapped memory staged: " + why);
    }
  }

  private static void demandBits(ForeignSteps steps) {
    try (OptimizerBackend tried = new CpuDevice(1, steps).backend("");
        OptimizerBackend known = new CpuDevice(1, null).backend("")) {
      WrappedSteps.firstThatDiffers(tried, known)
          .ifPresent(
              rule -> {
                throw new UnsupportedOperationException(
                    "a known step gives other bits than RmsProp defines: " + rule);
              });
    }
  }
}
