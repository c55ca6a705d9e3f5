package dev.rootmean.application;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Somebody's application: in a package of its own, which no module has. */
final class StepWrapped {
  private static final int LENGTH = 1_000;

  private StepWrapped() {}

  public static void main(String[] arguments) {
    RmsProp rule = RmsProp.builder().momentum(0.9).build();
    ByteBuffer params = bytes();
    ByteBuffer grads = bytes();
    try (OptimizerBackend backend = Backends.open("cpu");
        DeviceBuffer p = backend.wrap(ForeignMemory.of(params.asFloatBuffer()));
        DeviceBuffer g = backend.wrap(ForeignMemory.of(grads.asFloatBuffer()));
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, LENGTH)) {
      System.out.println("device: " + backend.info().device().replaceFirst(".* threads?", ""));
      for (int step = 1; step <= 100; step++) {
        for (int i = 0; i < LENGTH; i++) {
          grads.putFloat(i * Float.BYTES, (i + 1) / (float) step);
        }
        backend.step(rule, p, g, state);
      }
    }
    System.out.println("bits: " + params.hashCode());
  }

  private static ByteBuffer bytes() {
    return ByteBuffer.allocateDirect(LENGTH * Float.BYTES).order(ByteOrder.nativeOrder());
  }
}
