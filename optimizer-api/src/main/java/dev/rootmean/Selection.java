package dev.rootmean;

import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among providers: the logic behind {@link Backends}. */
final class Selection {
  static final String AUTO = "auto";

  /** The backends of this project with their ranks, also where one is not on the class path. */
  private static final Map<String, Integer> KNOWN = Map.of("cuda", 300, "opencl", 200, "cpu", 100);

  private static final String INEXACT = "does not vouch for exact bits; taken only by name";
  private static final String ONLY_BY_NAME = "a device that is taken only by name";

  /** By the name of the class that users see. */
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  /** The provider is null for a backend that is known and not on the class path. */
  private record Found(String name, int rank, BackendProvider provider, Availability availability) {
    String selector(Availability.Device device) {
      return device.selector().isEmpty() ? name : name + ":" + device.selector();
    }
  }

  private final List<BackendProvider> providers;

  /**
   * Selects among the given providers.
   *
   * @param providers in any order
   */
  Selection(List<BackendProvider> providers) {
    this.providers = List.copyOf(providers);
  }

  static Selection onClassPath() {
    List<BackendProvider> providers = new ArrayList<>();
    Iterator<BackendProvider> loader =
        ServiceLoader.load(BackendProvider.class, Selection.class.getClassLoader()).iterator();
    while (true) {
      try {
        if (!loader.hasNext()) {
          return new Selection(providers);
        }
        providers.add(loader.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        LOG.warn("a backend provider cannot be loaded: {}", e.toString());
      }
    }
  }

  OptimizerBackend open(String selector) {
    int colon = selector.indexOf(':');
    String name = (colon < 0 ? selector : selector.substring(0, colon)).toLowerCase(Locale.ROOT);
    String device = colon < 0 ? "" : selector.substring(colon + 1);
    if (name.equals(AUTO) && device.isEmpty()) {
      return openBest();
    }
    for (BackendProvider provider : providers) {
      if (provider.name().equals(name)) {
        OptimizerBackend backend = open(provider, device);
        LOG.info("{}: {} (asked for by name)", selector, backend.info().device());
        if (!backend.info().exact()) {
          LOG.warn(
              "{} does not vouch for exact bits: they may differ from other devices", selector);
        }
        return backend;
      }
    }
    if (KNOWN.containsKey(name)) {
      Availability missing = notOnClassPath(name);
      throw new BackendException(name, "open", missing.reason() + "; " + missing.remedy(), null);
    }
    throw new IllegalArgumentException(
        "unknown backend \"" + selector + "\": expected auto, " + names());
  }

  /** Opens a device that says it is exact only if it is. */
  private static OptimizerBackend open(BackendProvider provider, String device) {
    OptimizerBackend backend = provider.open(device);
    try {
      Optional<String> wrong = KnownAnswer.wrongVariant(backend);
      if (wrong.isPresent() && backend.info().exact()) {
        throw new BackendException(
            provider.name(),
            "open",
            backend.info().device()
                + " is refused: its step "
                + wrong.get()
                + " gives other bits than RmsProp defines (a faulty driver, or a stale kernel cache)",
            null);
      }
      return backend;
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  private OptimizerBackend openBest() {
    StringBuilder passedOver = new StringBuilder();
    for (Found found : probeAll()) {
      if (found.availability.devices().isEmpty()) {
        passedOver.append(notTaken(found.name, found.availability.reason()));
      }
      for (Availability.Device device : found.availability.devices()) {
        String selector = found.selector(device);
        if (!device.automatic()) {
          passedOver.append(notTaken(selector, ONLY_BY_NAME));
          continue;
        }
        try {
          OptimizerBackend backend = open(found.provider, device.selector());
          if (backend.info().exact()) {
            LOG.info("{}: {}{}", selector, backend.info().device(), passedOver);
            return backend;
          }
          backend.close();
          passedOver.append(notTaken(selector, INEXACT));
        } catch (RuntimeException | LinkageError e) {
          passedOver.append(notTaken(selector, oneLine(e)));
        }
      }
    }
    throw new BackendException(AUTO, "open", "no backend is available" + passedOver, null);
  }

  private static String notTaken(String selector, String reason) {
    return "; not " + selector + ": " + reason;
  }

  private static String oneLine(Throwable e) {
    String reason = e instanceof BackendException ? e.getMessage() : e.toString();
    return reason.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  BackendReport report() {
    List<BackendReport.Entry> entries = new ArrayList<>();
    boolean taken = false;
    for (Found found : probeAll()) {
      Availability availability = found.availability;
      if (availability.devices().isEmpty()) {
        entries.add(unavailable(found.name, "", availability.reason(), availability.remedy()));
      }
      for (Availability.Device device : availability.devices()) {
        BackendReport.Entry entry = tryOut(found, device, taken);
        taken |= entry.automatic();
        entries.add(entry);
      }
    }
    return new BackendReport(List.copyOf(entries));
  }

  private static BackendReport.Entry tryOut(
      Found found, Availability.Device device, boolean alreadyTaken) {
    String selector = found.selector(device);
    try (OptimizerBackend backend = open(found.provider, device.selector())) {
      BackendInfo info = backend.info();
      String reason = !device.automatic() ? ONLY_BY_NAME : !info.exact() ? INEXACT : "";
      boolean automatic = reason.isEmpty() && !alreadyTaken;
      return new BackendReport.Entry(
          selector, info.device(), true, info.exact(), automatic, info.memoryBytes(), reason, "");
    } catch (RuntimeException | LinkageError e) {
      return unavailable(selector, device.name(), oneLine(e), "");
    }
  }

  private static BackendReport.Entry unavailable(
      String selector, String device, String reason, String remedy) {
    return new BackendReport.Entry(selector, device, false, false, false, 0, reason, remedy);
  }

  /** The providers and the known backends that have none, best first. */
  private List<Found> probeAll() {
    List<Found> found = new ArrayList<>();
    for (BackendProvider provider : providers) {
      found.add(new Found(provider.name(), provider.priority(), provider, probe(provider)));
    }
    KNOWN.forEach(
        (name, rank) -> {
          if (providers.stream().noneMatch(provider -> provider.name().equals(name))) {
            found.add(new Found(name, rank, null, notOnClassPath(name)));
          }
        });
    found.sort(Comparator.comparingInt(Found::rank).reversed());
    return found;
  }

  private static Availability probe(BackendProvider provider) {
    try {
      return provider.probe();
    } catch (RuntimeException | LinkageError e) { // against its contract
      return Availability.none("its probe failed: " + e, "report this to the backend's author", e);
    }
  }

  private static Availability notOnClassPath(String name) {
    return Availability.none(
        "not on the class path", "add the dependency dev.rootmean:backend-" + name, null);
  }

  private String names() {
    TreeSet<String> names = new TreeSet<>(KNOWN.keySet());
    providers.forEach(provider -> names.add(provider.name()));
    return String.join(", ", names);
  }
}
