package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Setting;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several vectors a work-item give the same bits, whole groups of them and what remains. */
class VectorsTest {
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withNormClip(0.5).withMicroBatches(2);

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
          for (int length : new int[] {group - 1, group, 3 * group + 7}) {
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
          DataType.FLOAT32,
          DataType.BFLOAT16,
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

  @Test
  void aPropertySaysHowMany() {
    Setting setting = new Setting("rootmean.test.vectors");
    assertEquals(Optional.empty(), FoundDevice.setVectors(setting));
    System.setProperty(setting.property(), "4");
    try {
      assertEquals(Optional.of(4), FoundDevice.setVectors(setting));
      System.setProperty(setting.property(), "3");
      String told =
          assertThrows(BackendException.class, () -> FoundDevice.setVectors(setting)).getMessage();
      assertEquals(
          "rootmean: settings: -Drootmean.test.vectors=3: expected one of [0, 1, 2, 4]", told);
    } finally {
      System.clearProperty(setting.property());
    }
  }
}
