package dev.rootmean.cpu;

import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * What this JVM has to step foreign memory with: looked for once.
 *
 * @param steps null if memory is staged
 * @param inWords what a device's description ends with; nothing if nobody has asked for steps
 */
record FoundSteps(ForeignSteps steps, String inWords) {
  static final FoundSteps FOUND = find();

  private static FoundSteps find() {
    try {
      Optional<ForeignSteps> first =
          ServiceLoader.load(ForeignSteps.class, FoundSteps.class.getClassLoader()).findFirst();
      return new FoundSteps(first.orElse(null), first.isEmpty() ? "" : ", wrapped memory in place");
    } catch (ServiceConfigurationError | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return new FoundSteps(null, ", wrapped memory staged: " + cause.getMessage());
    }
  }
}
