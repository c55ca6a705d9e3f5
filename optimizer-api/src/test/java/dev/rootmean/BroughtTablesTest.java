package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables in memory that was brought, gradients of rows that are on the device, and their misuse.
 */
class BroughtTablesTest {
  private static final int ROWS = 6;
  private static final int WIDTH = 3;
  private static final int[] SOME = {4, 0, 4};
  private static final long[] SOME_IN_LONGS = {4, 0, 4};
  private static final RmsProp RULE = RmsProp.builder().momentum(0.9).build();

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = ScalarDevice.open(device);

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  private Optimizer table(DataType type) {
    return Optimizer.builder(backend, RULE)
        .dataType(type)
        .sparseParameter("t", ROWS, WIDTH)
        .build();
  }

  private void assertSteppedAlike(
      DataType type, BiConsumer<Optimizer, double[]> one, BiConsumer<Optimizer, double[]> other) {
    double[] values = NumberKind.ORDINARY.take(type, SOME.length * WIDTH, 1);
    double[] expected = new double[ROWS * WIDTH];
    try (Optimizer first = table(type);
        Optimizer second = table(type)) {
      one.accept(first, values);
      other.accept(second, values);
      assertTrue(first.step() && second.step());
      Elements.read(first.parameter("t"), expected);
      assertTrue(expected[4 * WIDTH] != 0 && expected[WIDTH] == 0, "rows 0 and 4 are stepped");
      Bits.assertHolds("t", second.parameter("t"), expected);
    }
  }

  private static void give(Optimizer optimizer, double[] values) {
    if (optimizer.dataType() == DataType.FLOAT64) {
      optimizer.gradientRows("t", SOME, values);
    } else {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      optimizer.gradientRows("t", SOME, floats);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void gradientsMayBeOnTheDevice(DataType type) {
    try (DeviceBuffer buffer = backend.allocate(type, (long) SOME.length * WIDTH)) {
      assertSteppedAlike(
          type,
          BroughtTablesTest::give,
          (optimizer, values) -> {
            Elements.write(buffer, values);
            optimizer.gradientRows("t", SOME, buffer);
          });
      assertSteppedAlike(
          type,
          BroughtTablesTest::give,
          (optimizer, values) -> {
            Elements.write(buffer, values);
            optimizer.gradientRows("t", SOME_IN_LONGS, buffer);
          });
    }
  }

  @Test
  void doublesMayHaveRowsInLongs() {
    assertSteppedAlike(
        DataType.FLOAT64,
        BroughtTablesTest::give,
        (optimizer, values) -> optimizer.gradientRows("t", SOME_IN_LONGS, values));
  }

  @Test
  void aTableThatIsBroughtIsSteppedWhereItIs() {
    double[] expected = new double[ROWS * WIDTH];
    double[] values = NumberKind.ORDINARY.take(DataType.FLOAT32, SOME.length * WIDTH, 1);
    try (Optimizer own = table(DataType.FLOAT32);
        DeviceBuffer brought = backend.allocate(DataType.FLOAT32, ROWS * WIDTH)) {
      give(own, values);
      own.step();
      Elements.read(own.parameter("t"), expected);
      OptimizerBuilder builder = Optimizer.builder(backend, RULE);
      try (Optimizer optimizer = builder.sparseParameter("t", brought, ROWS, WIDTH).build()) {
        give(optimizer, values);
        optimizer.step();
      }
      Bits.assertHolds("what was brought", brought, expected);
      String told =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Optimizer.builder(backend, RULE).sparseParameter("t", brought, ROWS, 2))
              .getMessage();
      assertEquals("parameter \"t\" of shape [6, 2] in 18 elements: expected 12", told);
      assertThrows(
          NullPointerException.class,
          () -> Optimizer.builder(backend, RULE).sparseParameter("t", null, ROWS, WIDTH));
    }
  }

  @Test
  void aTableHasNoAccumulatorsInBlocks() {
    OptimizerBuilder builder =
        Optimizer.builder(backend, RULE)
            .sparseParameter("t", ROWS, WIDTH)
            .precision(Precision.FLOAT32.withAccumulators(DataType.BLOCK8));
    String told =
        assertThrows(IllegalArgumentException.class, () -> builder.build().close()).getMessage();
    assertTrue(told.startsWith("table \"t\" with BLOCK8 accumulators: expected others"), told);
  }

  @Test
  void whatTablesDoNotHaveIsNotGiven() {
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE)
            .sparseParameter("t", ROWS, WIDTH)
            .policy(GradientPolicy.NONE.withMicroBatches(2))
            .build()) {
      assertThrows(IllegalStateException.class, optimizer::parameters);
      assertThrows(IllegalStateException.class, optimizer::gradients);
      assertTrue(optimizer.gatheredGradient("t").isEmpty());
      assertFalse(optimizer.step(), "the first of two micro-batches");
    }
  }

  /** A table has no gradient of its own size, and what was brought costs nothing. */
  @Test
  void tooLittleMemoryIsToldWithWhatIsNeeded() {
    try (DeviceBuffer brought = backend.allocate(DataType.FLOAT32, 10)) {
      OptimizerBuilder builder =
          Optimizer.builder(backend, RULE)
              .sparseParameter("t", ROWS, WIDTH)
              .parameter("w", brought)
              .policy(GradientPolicy.NONE.withNormClip(1));
      device.room = 3;
      String told =
          assertThrows(DeviceOutOfMemoryException.class, () -> builder.build().close())
              .getMessage();
      // the table: itself and two accumulators; the other: two accumulators and its gathered row
      int bytes = 4 * (3 * ROWS * WIDTH + 3 * 10);
      assertTrue(
          told.endsWith("accumulators at least " + bytes + " bytes are needed in all"), told);
      device.room = Integer.MAX_VALUE;
    }
  }
}
