package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.floats;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state of PyTorch's RMSprop in files, to it and from it. */
final class PyTorchStateTest {
  private static final RmsProp RULE =
      Preset.PYTORCH.rule().toBuilder().learningRate(0.25).momentum(0.5).centered(true).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private Optimizer optimizer(RmsProp rule) {
    return Optimizer.builder(backend, rule)
        .parameter("a", 2)
        .group("slow", slow -> slow.learningRate(rule.learningRate() / 2))
        .parameter("b", 1)
        .build();
  }

  private static RmsProp inside(double learningRate) {
    return RULE.toBuilder().momentumForm(MomentumForm.LR_INSIDE).learningRate(learningRate).build();
  }

  private static float[] read(DeviceBuffer buffer) {
    float[] values = new float[(int) buffer.length()];
    buffer.read(values);
    return values;
  }

  private static float[] momentum(Optimizer optimizer, String name) {
    return read(optimizer.state(name).momentum().orElseThrow());
  }

  /** As {@code safetensors.torch.save_file} writes it: by name, since all is float32. */
  private static byte[] ofPython(float stepsOfB) {
    String header =
        "{"
            + String.join(
                ",",
                tensor("a.grad_avg", "F32", "[2]", "[0,8]"),
                tensor("a.momentum_buffer", "F32", "[2]", "[8,16]"),
                tensor("a.square_avg", "F32", "[2]", "[16,24]"),
                tensor("a.step", "F32", "[]", "[24,28]"),
                tensor("b.grad_avg", "F32", "[1]", "[28,32]"),
                tensor("b.momentum_buffer", "F32", "[1]", "[32,36]"),
                tensor("b.square_avg", "F32", "[1]", "[36,40]"),
                tensor("b.step", "F32", "[]", "[40,44]"))
            + "}";
    return bytes(header, floats(1, 2, 3, 4, 5, 6, 50, 7, 8, 9, stepsOfB));
  }

  @Test
  void stateIsCarriedOver() throws IOException {
    Path theirs = file(folder, "theirs", ofPython(40));
    Path ours = folder.resolve("ours");
    try (Optimizer optimizer = optimizer(RULE)) {
      PyTorchState.load(theirs, optimizer);
      assertArrayEquals(
          new float[] {1, 2}, read(optimizer.state("a").gradientAverage().orElseThrow()));
      assertArrayEquals(new float[] {3, 4}, momentum(optimizer, "a"));
      assertArrayEquals(new float[] {5, 6}, read(optimizer.state("a").squareAverage()));
      assertArrayEquals(new float[] {8}, momentum(optimizer, "b"));
      assertEquals(50, optimizer.stepCount());
      assertEquals(0.25, optimizer.learningRate());
      PyTorchState.save(optimizer, ours);
    }
    try (Optimizer optimizer = optimizer(RULE);
        SafetensorsReader reader = SafetensorsReader.open(ours)) {
      PyTorchState.load(ours, optimizer);
      assertArrayEquals(new float[] {5, 6}, read(optimizer.state("a").squareAverage()));
      assertEquals(50, optimizer.stepCount());
      assertEquals("F32[]", reader.tensors().get("b.step").toString());
    }
  }

  /** With another default type in Python, and from C++. */
  @Test
  void stepsMayBeDoubleOrWhole() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    Path theirs = folder.resolve("theirs");
    Files.write(theirs, ofOneTensor("F64", data.putDouble(0, 7).array()));
    RmsProp plain = RULE.toBuilder().momentum(0).centered(false).build();
    try (Optimizer optimizer = Optimizer.builder(backend, plain).parameter("a", 4).build()) {
      PyTorchState.load(theirs, optimizer);
      assertEquals(7, optimizer.stepCount());
      Files.write(theirs, ofOneTensor("I64", data.putLong(0, 8).array()));
      PyTorchState.load(theirs, optimizer);
      assertEquals(8, optimizer.stepCount());
      Files.write(theirs, ofOneTensor("U64", data.array()));
      String told =
          assertThrows(CheckpointException.class, () -> PyTorchState.load(theirs, optimizer))
              .getMessage();
      assertTrue(told.endsWith("\"a.step\" is U64[]: expected F32[], F64[] or I64[]"), told);
    }
  }

  @Test
  void stepsThatAreNoNumberAreRefused() throws IOException {
    RmsProp plain = RULE.toBuilder().momentum(0).centered(false).build();
    String squares = tensor("a.square_avg", "F32", "[1]", "[0,4]");
    String two = tensor("a.step", "F32", "[2]", "[4,12]");
    try (Optimizer optimizer = Optimizer.builder(backend, plain).parameter("a", 1).build()) {
      Path theirs = file(folder, "two", bytes("{" + squares + "," + two + "}", new byte[12]));
      CheckpointException told =
          assertThrows(CheckpointException.class, () -> PyTorchState.load(theirs, optimizer));
      assertTrue(
          told.getMessage().contains("\"a.step\" is F32[2]: expected F32[],"), told::toString);
      Path none = file(folder, "none", bytes("{" + squares + "}", new byte[4]));
      told = assertThrows(CheckpointException.class, () -> PyTorchState.load(none, optimizer));
      assertTrue(
          told.getMessage().contains("\"a.step\" is missing: expected F32[],"), told::toString);
    }
  }

  private static byte[] ofOneTensor(String typeOfSteps, byte... data) {
    return bytes(
        "{"
            + tensor("a.step", typeOfSteps, "[]", "[0,8]")
            + ","
            + tensor("a.square_avg", "F32", "[4]", "[8,24]")
            + "}",
        data);
  }

  /** The rates are powers of two: what is multiplied and divided by them is exact. */
  @Test
  void momentumTakesTheLearningRateOfItsGroupInAndOut() throws IOException {
    Path theirs = file(folder, "theirs", ofPython(40));
    Path ours = folder.resolve("ours");
    try (Optimizer optimizer = optimizer(inside(0.25))) {
      PyTorchState.load(theirs, optimizer);
      assertArrayEquals(new float[] {0.75f, 1}, momentum(optimizer, "a"));
      assertArrayEquals(new float[] {1}, momentum(optimizer, "b"));
      assertArrayEquals(new float[] {5, 6}, read(optimizer.state("a").squareAverage()));
      PyTorchState.save(optimizer, ours);
    }
    try (Optimizer optimizer = optimizer(RULE)) {
      PyTorchState.load(ours, optimizer);
      assertArrayEquals(new float[] {3, 4}, momentum(optimizer, "a"));
      assertArrayEquals(new float[] {8}, momentum(optimizer, "b"));
    }
  }

  @Test
  void momentumOfARateThatHasChangedIsRefused() throws IOException {
    Path theirs = file(folder, "theirs", ofPython(40));
    try (Optimizer changed = optimizer(inside(0.25));
        Optimizer outside = optimizer(RULE)) {
      for (Optimizer optimizer : List.of(changed, outside)) {
        optimizer.learningRate(0.125);
      }
      PyTorchState.load(theirs, outside); // its momentum holds no rate
      String told =
          assertThrows(CheckpointException.class, () -> PyTorchState.load(theirs, changed))
              .getMessage();
      assertTrue(told.contains("\"a\"") && told.contains("not 0.25 and then 0.125"), told);
      assertThrows(
          CheckpointException.class, () -> PyTorchState.save(changed, folder.resolve("x")));
      assertArrayEquals(new float[] {0, 0}, read(changed.state("a").squareAverage()));
      assertEquals(0, changed.stepCount());
    }
    try (Optimizer still = Optimizer.builder(backend, inside(0)).parameter("a", 2).build()) {
      assertThrows(CheckpointException.class, () -> PyTorchState.save(still, folder.resolve("x")));
    }
  }

  /** Even where the rate has come back to what it was. */
  @Test
  void momentumOfARateThatFollowsAScheduleIsRefused() throws IOException {
    LearningRateSchedule schedule = step -> step == 1 ? 0.125 : 0.25;
    Path ours = folder.resolve("ours");
    RmsProp inside = inside(0.25);
    RmsProp plain = inside.toBuilder().momentum(0).build();
    for (RmsProp rule : List.of(RULE, plain, inside)) {
      try (Optimizer optimizer =
          Optimizer.builder(backend, rule).parameter("a", 2).schedule(schedule).build()) {
        for (int i = 0; i < 3; i++) {
          optimizer.step();
        }
        assertEquals(0.25, optimizer.learningRate());
        if (rule.equals(inside)) {
          String told =
              assertThrows(CheckpointException.class, () -> PyTorchState.save(optimizer, ours))
                  .getMessage();
          assertTrue(told.contains("\"a\"") && told.endsWith("not a schedule"), told);
        } else {
          PyTorchState.save(optimizer, ours);
          PyTorchState.load(ours, optimizer);
        }
      }
    }
  }

  @Test
  void whatDoesNotFitIsToldTensorByTensor() throws IOException {
    Path theirs = file(folder, "theirs", ofPython(40));
    RmsProp plain = RULE.toBuilder().momentum(0).centered(false).build();
    try (Optimizer optimizer = Optimizer.builder(backend, plain).parameter("a", 1).build()) {
      String told =
          assertThrows(CheckpointException.class, () -> PyTorchState.load(theirs, optimizer))
              .getMessage();
      assertEquals(
          """
          %s does not fit the optimizer:
          "a.square_avg" is F32[2]: expected F32[1]
          "a.grad_avg" is left over: expected no such
          "a.momentum_buffer" is left over: expected no such
          "b.grad_avg" is left over: expected no such
          "b.momentum_buffer" is left over: expected no such
          "b.square_avg" is left over: expected no such
          "b.step" is left over: expected no such"""
              .replace("%s", theirs.toString()),
          told);
      assertEquals(0, optimizer.stepCount());
    }
    for (float steps : new float[] {-1, 0.5f, Float.NaN, Float.POSITIVE_INFINITY}) {
      Path wrong = file(folder, "wrong", ofPython(steps));
      try (Optimizer optimizer = optimizer(RULE)) {
        assertThrows(CheckpointException.class, () -> PyTorchState.load(wrong, optimizer));
        assertArrayEquals(new float[] {0, 0}, momentum(optimizer, "a"));
      }
    }
  }

  @Test
  void gatheredMicroBatchesAreRefused() {
    try (Optimizer optimizer =
        Optimizer.builder(backend, RULE)
            .parameter("a", 2)
            .policy(GradientPolicy.NONE.withMicroBatches(2))
            .build()) {
      optimizer.step();
      assertThrows(
          CheckpointException.class, () -> PyTorchState.save(optimizer, folder.resolve("x")));
    }
  }
}
