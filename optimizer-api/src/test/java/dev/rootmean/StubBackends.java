package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.DeviceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Backends to select among, whose devices are Java loops. */
final class StubBackends {
  /** {@code name:device} of all that was opened, in order. */
  final List<String> opened = new ArrayList<>();

  StubProvider provider(String name, int priority, Availability found) {
    return new StubProvider(name, priority, () -> found, device -> open(name, device, true));
  }

  OptimizerBackend open(String name, String device, boolean exact) {
    opened.add(name + ":" + device);
    BackendInfo info =
        new BackendInfo(
            name, name + "'s device " + device, 1 << 20, exact, Set.of(DataType.FLOAT32));
    return new DeviceBackend<>(info, new ScalarDevice());
  }

  static Availability devices(Availability.Device... devices) {
    return Availability.of(List.of(devices));
  }

  static Availability.Device device(String selector, boolean automatic) {
    return new Availability.Device(selector, "device " + selector, 1 << 20, automatic);
  }

  StubProvider cpu() {
    return provider("cpu", 100, devices(device("", true)));
  }

  static StubProvider failing(String name, int priority, Throwable failure) {
    return new StubProvider(
        name,
        priority,
        () -> devices(device("0", true)),
        device -> {
          throw StubBackends.<RuntimeException>sneaky(failure);
        });
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T extends Throwable> T sneaky(Throwable failure) throws T {
    throw (T) failure;
  }

  /** Selects among these and the known ones, which are not there. */
  static Selection selection(BackendProvider... providers) {
    return new Selection(Providers.of(List.of(providers), List.of(), List.of()));
  }

  String chosen(BackendProvider... providers) {
    try (OptimizerBackend backend = selection(providers).open("auto")) {
      return backend.info().name();
    }
  }

  static Throwable refused(String selector, BackendProvider... providers) {
    return assertThrows(RuntimeException.class, () -> selection(providers).open(selector).close());
  }
}
