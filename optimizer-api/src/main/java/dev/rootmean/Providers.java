package dev.rootmean;

import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backends that class loaders offer, and those of this project that they do not.
 *
 * @param all best first; one that is not offered has a provider that says why
 * @param failures what went wrong while they were looked for, each in one line
 */
record Providers(List<BackendProvider> all, List<String> failures) {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private static final String SERVICES = "META-INF/services/" + BackendProvider.class.getName();

  /** Of one class loader, which may fail each time that it is asked. */
  private static final int MOST_FAILURES = 10;

  /** A backend of this project, with its provider's rank and class. */
  private record Known(String name, int rank, String provider) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known("cuda", 300, "dev.rootmean.cuda.CudaProvider"),
          new Known("opencl", 200, "dev.rootmean.opencl.OpenClProvider"),
          new Known("cpu", 100, "dev.rootmean.cpu.CpuProvider"));

  /** Stands for a backend that is not offered. */
  private record Absent(String name, int priority, Availability probe) implements BackendProvider {
    @Override
    public OptimizerBackend open(String device) {
      throw new BackendException(name, "open", probe.explanation(), null);
    }
  }

  /**
   * Asks this library's class loader, and then the thread's: in servers and notebooks the library
   * may lie in a parent of the loader that has the backends.
   */
  static Providers find() {
    return find(Providers.class.getClassLoader(), Thread.currentThread().getContextClassLoader());
  }

  /** Of two with one name, the first one's is taken. */
  static Providers find(ClassLoader own, ClassLoader context) {
    List<ClassLoader> loaders =
        Stream.of(own, context).filter(Objects::nonNull).distinct().toList();
    Map<String, BackendProvider> found = new LinkedHashMap<>();
    Set<String> failures = new LinkedHashSet<>();
    loaders.forEach(loader -> search(loader, found, failures));
    failures.forEach(failure -> LOG.warn("a backend's provider cannot be loaded: {}", failure));
    return of(found.values(), loaders, List.copyOf(failures));
  }

  /** Adds the known ones that were not found with these loaders. */
  static Providers of(
      Collection<BackendProvider> found, List<ClassLoader> loaders, List<String> failures) {
    List<BackendProvider> all = new ArrayList<>(found);
    for (Known known : KNOWN) {
      if (found.stream().noneMatch(provider -> provider.name().equals(known.name))) {
        all.add(new Absent(known.name, known.rank, why(known, loaders, failures)));
      }
    }
    all.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
    return new Providers(all, failures);
  }

  private static void search(
      ClassLoader loader, Map<String, BackendProvider> found, Set<String> failures) {
    Iterator<BackendProvider> offered =
        ServiceLoader.load(BackendProvider.class, loader).iterator();
    for (int failed = 0; failed < MOST_FAILURES; ) {
      try {
        if (!offered.hasNext()) {
          return;
        }
        BackendProvider provider = offered.next();
        found.putIfAbsent(provider.name(), provider);
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        failures.add(OneLine.of(e));
        failed++;
      }
    }
  }

  private static Availability why(Known known, List<ClassLoader> loaders, List<String> failures) {
    String failed = failures.isEmpty() ? "" : " (" + String.join("; ", failures) + ")";
    String file = known.provider.replace('.', '/') + ".class";
    if (loaders.stream().noneMatch(loader -> has(loader, file))) {
      return Availability.none(
          "not on the class path" + failed,
          "add the dependency dev.rootmean:backend-" + known.name,
          null);
    }
    if (failures.isEmpty()) {
      return Availability.none(
          "its line is missing from " + SERVICES,
          "merge these files (maven-shade: ServicesResourceTransformer)",
          null);
    }
    return Availability.none(
        "it cannot be loaded" + failed,
        "see that its jars are complete, of one version, and unchanged since the start",
        null);
  }

  private static boolean has(ClassLoader loader, String file) {
    try {
      return loader.getResource(file) != null;
    } catch (RuntimeException e) { // its search failed as well, and has told why
      return false;
    }
  }
}
