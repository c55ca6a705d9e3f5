package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.JavaHeap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables whose gradients come row by row. */
class TablesTest {
  private static final int ROWS = 7;
  private static final int WIDTH = 5;

  private static final RmsProp RULE =
      RmsProp.builder().learningRate(0.1).momentum(0.9).centered(true).weightDecay(0.01).build();

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  /** A table between two other tensors. */
  private OptimizerBuilder model() {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 3)
        .sparseParameter("t", ROWS, WIDTH)
        .parameter("b", 4);
  }

  /** The same, of which each row of the table is a tensor, and has a gradient or none. */
  private Optimizer inPieces(DataType type) {
    OptimizerBuilder builder = Optimizer.builder(backend, RULE).dataType(type).parameter("a", 3);
    for (int row = 0; row < ROWS; row++) {
      builder.parameter("t" + row, WIDTH);
    }
    return builder.parameter("b", 4).build();
  }

  private static double[] some(DataType type, int length, long seed) {
    return NumberKind.ORDINARY.take(type, length, seed);
  }

  private static void give(Optimizer optimizer, int[] rows, double[] values) {
    if (optimizer.dataType() == DataType.FLOAT64) {
      optimizer.gradientRows("t", rows, values);
    } else {
      optimizer.gradientRows("t", rows, floats(values));
    }
  }

  private static float[] floats(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aTableIsSteppedAsIfEachRowWereATensorWithAGradientOrWithout(DataType type) {
    try (Optimizer tables = model().dataType(type).build();
        Optimizer pieces = inPieces(type)) {
      double[] first = some(type, ROWS * WIDTH, 1);
      Elements.write(tables.parameter("t"), first);
      for (int row = 0; row < ROWS; row++) {
        Elements.write(pieces.parameter("t" + row).slice(0, WIDTH), part(first, row));
      }
      SplittableRandom random = new SplittableRandom(2);
      for (int step = 0; step < 6; step++) {
        List<String> names = new ArrayList<>(List.of("a", "b"));
        for (String name : names) {
          int length = (int) tables.parameter(name).length();
          double[] gradient = some(type, length, random.nextLong());
          Elements.write(tables.gradient(name), gradient);
          Elements.write(pieces.gradient(name), gradient);
        }
        for (int row = ROWS - 1; row >= 0; row--) {
          if (random.nextBoolean()) {
            double[] gradient = some(type, WIDTH, random.nextLong());
            give(tables, new int[] {row}, gradient);
            Elements.write(pieces.gradient("t" + row), gradient);
            names.add("t" + row);
          }
        }
        assertTrue(tables.step());
        assertTrue(pieces.step(names));
      }
      assertTheSame(tables, pieces);
    }
  }

  private static double[] part(double[] table, int row) {
    double[] part = new double[WIDTH];
    System.arraycopy(table, row * WIDTH, part, 0, WIDTH);
    return part;
  }

  private static void assertTheSame(Optimizer tables, Optimizer pieces) {
    for (String name : List.of("a", "b")) {
      Bits.assertHolds(name, tables.parameter(name), read(pieces.parameter(name)));
    }
    for (int row = 0; row < ROWS; row++) {
      String name = "t" + row;
      List<DeviceBuffer> table = buffers(tables, "t");
      List<DeviceBuffer> piece = buffers(pieces, name);
      for (int i = 0; i < piece.size(); i++) {
        DeviceBuffer part = table.get(i).slice((long) row * WIDTH, WIDTH);
        Bits.assertHolds(name + ", buffer " + i, part, read(piece.get(i)));
      }
    }
  }

  private static List<DeviceBuffer> buffers(Optimizer optimizer, String name) {
    RmsPropState state = optimizer.state(name);
    List<DeviceBuffer> buffers = new ArrayList<>();
    buffers.add(optimizer.parameter(name));
    buffers.add(state.squareAverage());
    state.momentum().ifPresent(buffers::add);
    state.gradientAverage().ifPresent(buffers::add);
    return buffers;
  }

  private static double[] read(DeviceBuffer buffer) {
    double[] values = new double[(int) buffer.length()];
    Elements.read(buffer, values);
    return values;
  }

  private static List<double[]> everything(Optimizer optimizer) {
    List<double[]> all = new ArrayList<>();
    for (String name : optimizer.names()) {
      buffers(optimizer, name).forEach(buffer -> all.add(read(buffer)));
    }
    return all;
  }

  private static void assertSame(Optimizer one, Optimizer other) {
    List<double[]> expected = everything(other);
    List<double[]> found = everything(one);
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), "buffer " + i);
    }
  }

  @Test
  void aTableTakesNoMemoryForGradientsAndChangesNoOthersPlace() {
    try (Optimizer with = model().build();
        Optimizer without =
            Optimizer.builder(backend, RULE).parameter("a", 3).parameter("b", 4).build()) {
      assertEquals(without.offset("b"), with.offset("b"));
      device.launches = 0;
      with.step();
      assertEquals(1, device.launches, "of both others, and none of a table without rows");
      assertEquals(List.of((long) ROWS, (long) WIDTH), with.shape("t"));
      assertTold(IllegalStateException.class, with::parameters, "are a table");
      assertTold(IllegalStateException.class, with::gradients, "are a table");
      assertEquals(without.parameters().length(), without.gradients().length());
    }
  }

  @Test
  void theBitsOfOthersDoNotDependOnATable() {
    Precision precision = Precision.BFLOAT16.withSeed(3);
    try (Optimizer with = model().precision(precision).build();
        Optimizer without =
            Optimizer.builder(backend, RULE)
                .precision(precision)
                .parameter("a", 3)
                .parameter("b", 4)
                .build()) {
      for (int step = 0; step < 5; step++) {
        for (String name : List.of("a", "b")) {
          int length = (int) with.parameter(name).length();
          float[] gradient = floats(some(DataType.FLOAT32, length, step));
          with.gradient(name).write(gradient);
          without.gradient(name).write(gradient);
        }
        with.gradientRows("t", new int[] {step}, new float[WIDTH]);
        with.step();
        without.step();
      }
      Bits.assertHolds("b", with.parameter("b"), read(without.parameter("b")));
    }
  }

  @Test
  void rowsAreAddedUpOverCallsAndMicroBatchesAndForgottenAfterTheStep() {
    GradientPolicy two = GradientPolicy.NONE.withMicroBatches(2);
    try (Optimizer batches = model().policy(two).build();
        Optimizer whole = model().build()) {
      float[] ones = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2};
      float[] fours = {4, 4, 4, 4, 4};
      for (int step = 0; step < 2; step++) {
        batches.gradientRows("t", new int[] {6, 0}, ones);
        assertFalse(batches.step());
        assertTold(IllegalStateException.class, batches::progress, "after a step");
        batches.gradientRows("t", new long[] {6}, fours);
        batches.gradientRows("t", new int[] {1}, fours);
        assertTrue(batches.step());
        assertEquals(step + 1, batches.progress().attempts());
        whole.gradientRows(
            "t",
            new int[] {0, 1, 6}, // means of two: 2 / 2, 4 / 2, (1 + 4) / 2
            floats(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2.5, 2.5, 2.5, 2.5, 2.5));
        assertTrue(whole.step());
      }
      assertSame(batches, whole);
    }
  }

  @Test
  void theNormIsThatOfTheSummedRowsAndOfAllOtherGradients() {
    GradientPolicy clip = GradientPolicy.NONE.withNormClip(2);
    try (Optimizer clipped = model().policy(clip).build();
        Optimizer scaled = model().build()) {
      clipped.gradient("a").write(new float[] {0, 12, 0});
      scaled.gradient("a").write(new float[] {0, 2, 0});
      clipped.gradientRows(
          "t", new int[] {3, 5, 3}, floats(1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 2, 0, 0, 0, 0));
      clipped.step();
      assertEquals(13, clipped.gradientNorm(), "of 12, 1 + 2 and 4");
      scaled.gradientRows("t", new int[] {3, 5}, scaled(3, 4, 2.0f / 13));
      scaled.gradient("a").write(new float[] {0, 2.0f / 13 * 12, 0});
      scaled.step();
      assertSame(clipped, scaled);
    }
  }

  private static float[] scaled(float first, float second, float factor) {
    return new float[] {factor * first, 0, 0, 0, 0, 0, 0, factor * second, 0, 0};
  }

  @Test
  void aModelMayBeNothingButTables() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1).withMicroBatches(2);
    try (Optimizer tables =
        Optimizer.builder(backend, RULE).sparseParameter("t", 2, 1).policy(policy).build()) {
      tables.step();
      tables.step();
      assertEquals(0, tables.gradientNorm(), "of no row at all");
      tables.gradientRows("t", new int[] {1}, new float[] {6});
      tables.step();
      tables.step();
      assertEquals(3, tables.gradientNorm());
      assertEquals(0, read(tables.parameter("t"))[0]);
      assertTrue(read(tables.parameter("t"))[1] < 0);
    }
  }

  @Test
  void aSkippedStepChangesNothingAndForgetsItsRows() {
    GradientPolicy skip = GradientPolicy.NONE.withNonFinite(NonFinite.SKIP_STEP);
    try (Optimizer optimizer = model().policy(skip).build();
        Optimizer untouched = model().build()) {
      optimizer.gradientRows("t", new int[] {2}, floats(0, Double.NaN, 0, 0, 0));
      optimizer.step();
      assertEquals(1, optimizer.skippedSteps());
      assertSame(optimizer, untouched);
      optimizer.step();
      assertEquals(1, optimizer.skippedSteps());
    }
  }

  @Test
  void zeroGradientsForgetsTheRowsOfTheMicroBatchAtHandAlone() {
    GradientPolicy two = GradientPolicy.NONE.withMicroBatches(2);
    try (Optimizer zeroed = model().policy(two).build();
        Optimizer whole = model().policy(two).build()) {
      for (Optimizer optimizer : List.of(zeroed, whole)) {
        optimizer.gradientRows("t", new int[] {2}, floats(1, 2, 3, 4, 5));
        optimizer.step();
      }
      zeroed.gradientRows("t", new int[] {2, 3}, new float[2 * WIDTH]);
      zeroed.zeroGradients();
      zeroed.step();
      whole.step();
      assertSame(zeroed, whole);
      assertEquals(0, read(zeroed.state("t").squareAverage())[3 * WIDTH]);
    }
  }

  @Test
  void rowsOfATableThatIsNotNamedAreNotLost() {
    try (Optimizer optimizer = model().build()) {
      optimizer.gradientRows("t", new int[] {2}, new float[WIDTH]);
      assertTold(IllegalStateException.class, () -> optimizer.step(Set.of("a")), "\"t\"");
      assertEquals(0, optimizer.stepCount());
      assertTrue(optimizer.step(Set.of("t")));
      assertTrue(optimizer.step(Set.of("a")));
    }
  }

  @Test
  void whatIsWrongIsToldAndChangesNothing() {
    try (Optimizer optimizer = model().build();
        DeviceBuffer values = backend.allocate(DataType.FLOAT32, WIDTH - 1)) {
      int[] one = {1};
      float[] row = new float[WIDTH];
      assertTold(
          IllegalArgumentException.class,
          () -> optimizer.gradientRows("a", one, row),
          "\"a\" has a gradient of all its elements");
      assertTold(
          IllegalArgumentException.class, () -> optimizer.gradient("t"), "gradientRows(name");
      assertTold(
          IllegalArgumentException.class, () -> optimizer.gradient("t", values), "gradientRows(");
      for (int wrong : new int[] {-1, ROWS, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        assertTold(
            IndexOutOfBoundsException.class,
            () -> optimizer.gradientRows("t", new int[] {0, wrong}, new float[2 * WIDTH]),
            "rows[1] is " + wrong + ": expected 0 to 6");
      }
      assertTold(
          IndexOutOfBoundsException.class,
          () -> optimizer.gradientRows("t", new long[] {1L << 32}, row),
          "rows[0] is 4294967296: expected 0 to 6");
      assertTold(
          IllegalArgumentException.class,
          () -> optimizer.gradientRows("t", one, new float[WIDTH + 1]),
          "6");
      assertTold(
          IllegalArgumentException.class, () -> optimizer.gradientRows("t", one, values), "4");
      device.launches = 0;
      optimizer.step();
      assertEquals(1, device.launches, "nothing of the table");
    }
    assertTold(
        IllegalArgumentException.class, () -> model().sparseParameter("u", 1L << 31, 1), "2^31");
    assertTold(IllegalArgumentException.class, () -> model().sparseParameter("u", 0, 1), "[0, 1]");
    assertTold(IllegalArgumentException.class, () -> model().sparseParameter("t", 1, 1), "\"t\"");
    assertTold(
        IllegalArgumentException.class,
        () -> model().precision(Precision.of(DataType.BFLOAT16)).build(),
        "table \"t\", the rows of whose gradient are added up in FLOAT32");
  }

  private static void assertTold(Class<? extends Exception> type, Executable call, String part) {
    String told = assertThrows(type, call).getMessage();
    assertTrue(told.contains(part), told);
  }

  @Test
  void aStepThatFailsAtATableCanBeGoneOnWith() {
    for (int refused = 1; refused < 12; refused++) {
      try (Optimizer failing = model().policy(GradientPolicy.NONE.withNormClip(1)).build();
          Optimizer whole = model().policy(GradientPolicy.NONE.withNormClip(1)).build()) {
        for (Optimizer optimizer : List.of(failing, whole)) {
          optimizer.gradient("a").write(new float[] {1, 2, 3});
          optimizer.gradientRows("t", new int[] {4, 4}, floats(some(DataType.FLOAT32, 10, 1)));
        }
        whole.step();
        device.callsUntilRefused = refused;
        try {
          failing.step();
        } catch (DeviceOutOfMemoryException e) {
          try {
            failing.step();
          } catch (IllegalStateException halfDone) {
            assertTold(
                IllegalStateException.class,
                () -> failing.gradientRows("t", new int[1], new float[WIDTH]),
                "half done");
            failing.retryStep();
          }
        }
        device.callsUntilRefused = Integer.MAX_VALUE;
        assertSame(failing, whole);
      }
    }
  }

  @Test
  void aTableIsSavedAndGoneOnWith(@TempDir Path folder) throws IOException {
    try (Optimizer saved = model().build();
        Optimizer resumed = model().build()) {
      for (int step = 0; step < 3; step++) {
        float[] values = floats(some(DataType.FLOAT32, 2 * WIDTH, step));
        saved.gradientRows("t", new int[] {step, step + 2}, values);
        saved.step();
      }
      Checkpoints.in(folder).save(saved);
      resumed.gradientRows("t", new int[] {6}, new float[WIDTH]); // is forgotten
      assertTrue(Checkpoints.in(folder).resume(resumed).isPresent());
      for (Optimizer optimizer : List.of(saved, resumed)) {
        optimizer.gradientRows("t", new int[] {1}, floats(1, 2, 3, 4, 5));
        optimizer.step();
      }
      assertSame(resumed, saved);
    }
  }

  /** What a transfer of the rows' numbers wraps them in, and nothing that grows with them. */
  @Test
  void stepsAllocateLittle() {
    int[] rows = {5, 1, 5};
    float[] values = new float[3 * WIDTH];
    try (Optimizer plain = model().build();
        Optimizer clipped = model().policy(GradientPolicy.NONE.withNormClip(1)).build()) {
      for (Optimizer optimizer : List.of(plain, clipped)) {
        long least =
            JavaHeap.least(
                2_000,
                1,
                i -> {
                  optimizer.gradientRows("t", rows, values);
                  optimizer.step();
                });
        assertTrue(least <= 1_024, least + " bytes on the Java heap for a step");
      }
    }
  }
}
