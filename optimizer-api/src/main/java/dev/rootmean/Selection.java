package dev.rootmean;

import static java.util.stream.Collectors.joining;

import dev.rootmean.events.FlightRecording;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.KnownAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among the backends that are offered: the logic behind {@link Backends}. */
final class Selection {
  static final String AUTO = "auto";

  private static final String INEXACT = "does not guarantee exact bits; taken only by name";
  private static final String ONLY_BY_NAME = "a device that is taken only by name";

  /** By the name of the class that users see. */
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private final Providers providers;

  Selection(Providers providers) {
    this.providers = providers;
  }

  OptimizerBackend open(String selector) {
    int colon = selector.indexOf(':');
    String name = name(selector);
    String device = colon < 0 ? "" : selector.substring(colon + 1);
    try {
      return name.equals(AUTO) && device.isEmpty() ? openBest() : openNamed(selector, device);
    } catch (OutOfMemoryError e) {
      throw new BackendException(name, "open", OneLine.of(e), e);
    }
  }

  private static String name(String selector) {
    int colon = selector.indexOf(':');
    return (colon < 0 ? selector : selector.substring(0, colon)).toLowerCase(Locale.ROOT);
  }

  /** Refuses what no backend's name is in, without opening any. */
  void requireKnown(String selector) {
    if (!selector.equalsIgnoreCase(AUTO)) {
      provider(selector);
    }
  }

  private OptimizerBackend openNamed(String selector, String device) {
    OptimizerBackend backend = open(provider(selector), device);
    tell(backend, selector, " (asked for by name)");
    return backend;
  }

  private BackendProvider provider(String selector) {
    String name = name(selector);
    for (BackendProvider provider : providers.all()) {
      if (provider.name().equals(name)) {
        return provider;
      }
    }
    String names =
        providers.all().stream().map(BackendProvider::name).sorted().collect(joining(", "));
    String failures =
        providers.failures().stream().map(f -> "; cannot be loaded: " + f).collect(joining());
    throw new IllegalArgumentException(
        "unknown backend \"" + selector + "\": expected auto, " + names + failures);
  }

  /** Opens a device that says it is exact only if it is. */
  private static OptimizerBackend open(BackendProvider provider, String device) {
    OptimizerBackend backend = provider.open(device);
    try {
      KnownAnswer.demand(backend);
      return backend;
    } catch (Throwable e) { // an Error too must leave nothing open
      closeAfter(e, backend);
      throw e;
    }
  }

  /** Says what was opened; if the log fails, nothing is. */
  private static void tell(OptimizerBackend backend, String selector, String why) {
    try {
      LOG.info("{}: {}{}", selector, backend.info().device(), why);
      if (!backend.info().exact()) {
        LOG.warn("{} does not guarantee exact bits: they may differ from other devices", selector);
      }
    } catch (Throwable e) {
      closeAfter(e, backend);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, OptimizerBackend backend) {
    try {
      backend.close();
    } catch (RuntimeException | Error e) {
      if (e != failure) {
        failure.addSuppressed(e);
      }
    }
  }

  private OptimizerBackend openBest() {
    StringBuilder passedOver = new StringBuilder();
    for (BackendProvider provider : providers.all()) {
      Availability availability = probe(provider, BackendProvider::probeAutomatic);
      if (availability.devices().isEmpty()) {
        passedOver.append(notTaken(provider.name(), OneLine.of(availability.explanation())));
      }
      for (Availability.Device device : availability.devices()) {
        String selector = selector(provider, device);
        if (!device.automatic()) {
          passedOver.append(notTaken(selector, ONLY_BY_NAME));
          continue;
        }
        try {
          OptimizerBackend backend = open(provider, device.selector());
          if (backend.info().exact()) {
            tell(backend, selector, passedOver.toString());
            record(selector, passedOver);
            return backend;
          }
          backend.close();
          passedOver.append(notTaken(selector, INEXACT));
        } catch (Exception | LinkageError e) {
          passedOver.append(notTaken(selector, OneLine.of(e)));
        }
      }
    }
    throw new BackendException(AUTO, "open", "no backend is available" + passedOver, null);
  }

  /** What comes first of all is nothing else's fallback. */
  private static void record(String selector, StringBuilder passedOver) {
    if (!passedOver.isEmpty()) {
      FlightRecording.fallback(AUTO, selector, passedOver.substring("; ".length()), -1, -1);
    }
  }

  private static String notTaken(String selector, String reason) {
    return "; not " + selector + ": " + reason;
  }

  private static String selector(BackendProvider provider, Availability.Device device) {
    String name = provider.name();
    return device.selector().isEmpty() ? name : name + ":" + device.selector();
  }

  BackendReport report() {
    List<BackendReport.Entry> entries = new ArrayList<>();
    boolean taken = false;
    for (BackendProvider provider : providers.all()) {
      try {
        Availability availability = probe(provider, BackendProvider::probe);
        if (availability.devices().isEmpty()) {
          entries.add(
              unavailable(provider.name(), "", availability.reason(), availability.remedy()));
        }
        for (Availability.Device device : availability.devices()) {
          BackendReport.Entry entry = tryOut(provider, device, taken);
          taken |= entry.automatic();
          entries.add(entry);
        }
      } catch (Error e) { // what ends a program's own work is an answer here
        entries.add(unavailable(provider.name(), "", OneLine.of(e), ""));
      }
    }
    return new BackendReport(entries, ReportDetails.of(providers.all()));
  }

  private static BackendReport.Entry tryOut(
      BackendProvider provider, Availability.Device device, boolean alreadyTaken) {
    String selector = selector(provider, device);
    try (OptimizerBackend backend = open(provider, device.selector())) {
      BackendInfo info = backend.info();
      String reason = !device.automatic() ? ONLY_BY_NAME : !info.exact() ? INEXACT : "";
      boolean automatic = reason.isEmpty() && !alreadyTaken;
      return new BackendReport.Entry(
          selector,
          info.device(),
          true,
          info.exact(),
          automatic,
          info.totalMemoryBytes(),
          reason,
          "");
    } catch (Throwable e) {
      return unavailable(selector, device.name(), OneLine.of(e), "");
    }
  }

  private static BackendReport.Entry unavailable(
      String selector, String device, String reason, String remedy) {
    return new BackendReport.Entry(
        selector, device, false, false, false, 0, OneLine.of(reason), OneLine.of(remedy));
  }

  private static Availability probe(
      BackendProvider provider, Function<BackendProvider, Availability> probe) {
    try {
      return probe.apply(provider);
    } catch (Exception | LinkageError e) { // against its contract
      return Availability.none(
          "its probe failed: " + OneLine.of(e), "report this to the backend's author", e);
    }
  }
}
