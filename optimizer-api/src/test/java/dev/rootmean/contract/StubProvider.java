package dev.rootmean.contract;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A provider for tests, made of what it should say.
 *
 * @param name its name
 * @param priority its priority
 * @param probing what it finds
 * @param opening what it opens for a device
 */
public record StubProvider(
    String name,
    int priority,
    Supplier<Availability> probing,
    Function<String, OptimizerBackend> opening)
    implements BackendProvider {
  /**
   * A provider with one nameless device.
   *
   * @param name its name
   * @param opening opens the device
   * @return the provider
   */
  public static StubProvider of(String name, Supplier<OptimizerBackend> opening) {
    Availability.Device device = new Availability.Device("", "a Java loop", 1 << 30, true);
    return new StubProvider(
        name, 0, () -> Availability.of(List.of(device)), selector -> opening.get());
  }

  @Override
  public Availability probe() {
    return probing.get();
  }

  @Override
  public OptimizerBackend open(String device) {
    return opening.apply(device);
  }
}
