package dev.rootmean.application;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;

/** Somebody's application: in a package of its own, which no module has. */
final class TrainAStep {
  private TrainAStep() {}

  public static void main(String[] arguments) {
    RmsProp rule = RmsProp.builder().build();
    try (OptimizerBackend backend = Backends.open("cpu");
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, 1);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, 1);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, 1)) {
      float[] value = {1};
      grads.write(value);
      backend.step(rule, params, grads, state);
      params.read(value);
      System.out.println("moved down: " + (value[0] < 0));
    }
  }
}
