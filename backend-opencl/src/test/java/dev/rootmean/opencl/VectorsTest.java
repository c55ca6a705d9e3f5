package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.spi.Kernel;
import java.util.Arrays;
import java.util.Map;
import org.jocl.CL;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several vectors a work-item give the same bits, whole groups of them and what remains. */
@Tag("any-jdk")
class VectorsTest {
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withNormClip(0.5).withMicroBatches(2);

  private static final RmsProp RULE = RmsProp.builder().build();

  private final PlantedDriver planted = new PlantedDriver();

  /** Work-items of the last launch. */
  private long launched;

  private static OptimizerBackend open(int vectors) {
    Pocl.demand();
    return new OpenClProvider(Jocl::new, device -> vectors, OpenClQueue.Limits.OF_DRIVERS)
        .open(Pocl.DEVICE);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void stepsComeOutTheSame(int vectors) {
    try (OptimizerBackend backend = open(vectors)) {
      for (DataType type : backend.info().dataTypes()) {
        int group = vectors * 256 * 16 / type.bytes(); // elements of a group
        for (NamedRule rule : NamedRule.VARIANTS) {
          for (int length : new int[] {group, 3 * group + 7}) {
            for (int at : new int[] {1, 4}) { // unaligned, aligned
              CheckedSteps.run(backend, type, rule, NumberKind.ORDINARY, length, at);
            }
          }
        }
        CheckedSteps.underPolicy(
            backend, type, NamedRule.NESTEROV_CENTERED_MAXIMIZE, POLICY, 2 * Kernel.CHUNK + 7, 0);
      }
      CheckedSteps.run(
          backend,
          Precision.FLOAT32.withGradients(DataType.BFLOAT16),
          NamedRule.NESTEROV_CENTERED_MAXIMIZE,
          NumberKind.ORDINARY,
          2 * Kernel.CHUNK + 7,
          0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void soDoSums(int vectors) {
    int length = 3 * vectors * 1024 + 7;
    float[] ones = new float[length];
    Arrays.fill(ones, 1);
    try (OptimizerBackend backend = open(vectors);
        DeviceBuffer sum = backend.allocate(DataType.FLOAT32, length);
        DeviceBuffer addend = backend.allocate(DataType.FLOAT32, length)) {
      sum.write(ones);
      addend.write(ones);
      sum.add(addend);
      sum.read(ones);
    }
    for (float one : ones) {
      assertEquals(2, one);
    }
  }

  /** Each part has groups of its own, and elements that remain. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void soDoLaunchesThatAreCut(int vectors) {
    int most = 4 * vectors * 256 + 256;
    OpenClQueue.Limits limits = new OpenClQueue.Limits(most, most, most);
    Pocl.demand();
    try (OptimizerBackend backend =
        new OpenClProvider(Jocl::new, device -> vectors, limits).open(Pocl.DEVICE)) {
      for (int at : new int[] {0, 1}) {
        CheckedSteps.run(
            backend,
            DataType.FLOAT32,
            NamedRule.NESTEROV_CENTERED_MAXIMIZE,
            NumberKind.ORDINARY,
            3 * most + 7,
            at);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"'', 8192", "0, 8192", "1, 2048", "2, 1024", "4, 512"})
  void aPropertySaysHowMany(String property, long workItems) {
    System.setProperty(OpenClProvider.VECTORS, property);
    try (OptimizerBackend backend = openByProperty();
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, 8192);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, 8192);
        RmsPropState state = RmsPropState.allocate(backend, RULE, DataType.FLOAT32, 8192)) {
      backend.step(RULE, params, grads, state);
      assertEquals(workItems, launched);
    } finally {
      System.clearProperty(OpenClProvider.VECTORS);
    }
  }

  @Test
  void othersAreRefusedBeforeAnythingIsMade() {
    System.setProperty(OpenClProvider.VECTORS, "3");
    try {
      String told = assertThrows(BackendException.class, this::openByProperty).getMessage();
      assertEquals(
          "rootmean: settings: -Drootmean.opencl.vectors=3: expected one of [0, 1, 2, 4]", told);
      assertEquals(Map.of(), planted.handles());
    } finally {
      System.clearProperty(OpenClProvider.VECTORS);
    }
  }

  private OptimizerBackend openByProperty() {
    Pocl.demand();
    planted.plant(
        (call, arguments) -> {
          if (call.equals("clEnqueueNDRangeKernel")) {
            launched = ((long[]) arguments[2])[0];
          }
          return CL.CL_SUCCESS;
        });
    return new OpenClProvider(planted::driver, FoundDevice::vectors, OpenClQueue.Limits.OF_DRIVERS)
        .open(Pocl.DEVICE);
  }
}
