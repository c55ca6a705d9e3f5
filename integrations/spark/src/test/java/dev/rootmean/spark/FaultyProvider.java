package dev.rootmean.spark;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.nio.file.Path;

/** Offers the contract's own device with faults around it, by the name {@code faulty:FOLDER}. */
public final class FaultyProvider implements BackendProvider {
  /** Made by the service loader. */
  public FaultyProvider() {}

  @Override
  public String name() {
    return "faulty";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public Availability probe() {
    return Availability.none("for tests", "name it, with a folder", null);
  }

  @Override
  public OptimizerBackend open(String folder) {
    return ScalarDevice.open(new FaultyDevice(Path.of(folder)));
  }
}
