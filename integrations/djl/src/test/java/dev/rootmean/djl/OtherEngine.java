package dev.rootmean.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;

/** An engine by name alone. */
final class OtherEngine extends Engine {
  @Override
  public String getEngineName() {
    return "Other";
  }

  @Override
  public Engine getAlternativeEngine() {
    return null;
  }

  @Override
  public int getRank() {
    return 0;
  }

  @Override
  public String getVersion() {
    return "0";
  }

  @Override
  public boolean hasCapability(String capability) {
    return false;
  }

  @Override
  public Model newModel(String name, Device device) {
    throw new UnsupportedOperationException();
  }

  @Override
  public NDManager newBaseManager() {
    throw new UnsupportedOperationException();
  }

  @Override
  public NDManager newBaseManager(Device device) {
    throw new UnsupportedOperationException();
  }
}
