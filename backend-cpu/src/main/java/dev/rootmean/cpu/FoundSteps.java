package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * What this JVM has to step foreign memory with: looked for, and tried, once.
 *
 * @param steps null if memory is staged
 * @param inWords what a device's description ends with; nothing if there is none to be found
 */
record FoundSteps(ForeignSteps steps, String inWords) {
  /** More than a vector of any processor. */
  private static final int LENGTH = 70;

  private static FoundSteps found;

  /** An error that may not come again is thrown, and the next call looks anew. */
  static synchronized FoundSteps find() {
    if (found == null) {
      ClassLoader loader = FoundSteps.class.getClassLoader();
      found = of(() -> ServiceLoader.load(ForeignSteps.class, loader).findFirst());
    }
    return found;
  }

  /** Whatever goes wrong in a step goes wrong here, where no parameter of a user's is lost. */
  static FoundSteps of(Supplier<Optional<ForeignSteps>> service) {
    try {
      Optional<ForeignSteps> first = service.get();
      if (first.isEmpty()) {
        return new FoundSteps(null, "");
      }
      demandBits(first.get());
      return new FoundSteps(first.get(), ", wrapped memory in place once compiled");
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof VirtualMachineError error) {
        throw error;
      }
      boolean isTold = cause instanceof UnsupportedOperationException;
      String why = isTold ? cause.getMessage() : cause.toString();
      return new FoundSteps(null, ", wrapped memory staged: " + why);
    }
  }

  private static void demandBits(ForeignSteps steps) {
    try (OptimizerBackend tried = new CpuDevice(1, steps).backend("");
        OptimizerBackend known = new CpuDevice(1, null).backend("")) {
      for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
        for (double momentum : new double[] {0, 0.9}) {
          for (boolean centered : new boolean[] {false, true}) {
            RmsProp rule =
                RmsProp.builder()
                    .momentum(momentum)
                    .nesterov(momentum != 0)
                    .centered(centered)
                    .weightDecay(0.1)
                    .initialSquareAverage(0.3)
                    .build();
            if (!Arrays.equals(stepped(tried, type, rule), stepped(known, type, rule))) {
              throw new UnsupportedOperationException(
                  "a known step of " + type + " gives other bits than RmsProp defines: " + rule);
            }
          }
        }
      }
    }
  }

  /** The bits of all that a few steps write. */
  private static byte[] stepped(OptimizerBackend backend, DataType type, RmsProp rule) {
    try (DeviceBuffer params = backend.wrap(foreign(type, 3));
        DeviceBuffer grads = backend.wrap(foreign(type, 7));
        RmsPropState state = RmsPropState.allocate(backend, rule, type, LENGTH)) {
      for (int step = 0; step < 3; step++) {
        backend.step(rule, params, grads, state);
      }
      List<DeviceBuffer> rows = new ArrayList<>(List.of(params, state.squareAverage()));
      state.momentum().ifPresent(rows::add);
      state.gradientAverage().ifPresent(rows::add);
      int bytes = LENGTH * type.bytes();
      ByteBuffer bits = ByteBuffer.allocate(rows.size() * bytes).order(ByteOrder.nativeOrder());
      for (DeviceBuffer row : rows) {
        row.read(0, bits.limit(bits.position() + bytes));
      }
      return bits.array();
    }
  }

  private static ForeignMemory foreign(DataType type, int divisor) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(LENGTH * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < LENGTH; i++) {
      type.put(bytes, i * type.bytes(), (i - LENGTH / 3) / (double) divisor);
    }
    return type == DataType.FLOAT32
        ? ForeignMemory.of(bytes.asFloatBuffer())
        : ForeignMemory.of(bytes.asDoubleBuffer());
  }
}
