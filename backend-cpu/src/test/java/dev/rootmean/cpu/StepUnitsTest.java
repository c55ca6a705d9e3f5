package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepUnitsTest {
  /** Quarters of a step's time that an element takes. */
  private static final int STEP = 4;

  private static final int ADDITION = 1;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64, 1024})
  void noUnitIsTinyHoweverManyThreadsThereAre(int threads) {
    for (long length = 1; length < 3_000_000; length += 1 + length / 50) {
      int unit = Cut.unit(length, STEP, threads);
      assertTrue(unit >= 4_096 && unit % 64 == 0, unit + " of " + length);
    }
  }

  @Test
  void manyThreadsShareASmallStepInFewUnits() {
    assertEquals(4_096, Cut.unit(10_000, STEP, 64)); // three units; 53 are a queue at the caller
    assertEquals(8_640, Cut.unit(17_226, STEP, 2)); // two
  }

  @Test
  void whatIsDoneFasterIsCutIntoLargerUnits() {
    for (long length = 1; length < 3_000_000; length += 1 + length / 50) {
      assertEquals(Pages.SIZE, Cut.unit(length, ADDITION, 64));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8_192, 10_000, 40_001, 70_000})
  void theBitsAreThoseOfOneThread(int length) {
    assertArrayEquals(stepped(1, length), stepped(64, length));
  }

  private static float[] stepped(int threads, int length) {
    RmsProp rule = RmsProp.builder().momentum(0.9).centered(true).build();
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (i % 1000 - 500) / 250f;
    }
    try (OptimizerBackend backend = new CpuDevice(threads).backend()) {
      DeviceBuffer params = backend.allocate(DataType.FLOAT32, length);
      DeviceBuffer grads = backend.allocate(DataType.FLOAT32, length);
      RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, length);
      params.write(values);
      grads.write(values);
      for (int step = 0; step < 3; step++) {
        backend.step(rule, params, grads, state);
      }
      params.read(values);
      return values;
    }
  }
}
