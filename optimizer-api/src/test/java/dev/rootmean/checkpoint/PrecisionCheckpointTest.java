package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trainings in fewer bits are saved as they are stored, and go on with the same random bits. */
final class PrecisionCheckpointTest {
  private static final RmsProp RULE =
      RmsProp.builder().learningRate(0.01).momentum(0.5).centered(true).build();

  private final OptimizerBackend backend = ScalarDevice.open(new ScalarDevice());

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  /** One of each kind that a step knows. */
  static Stream<Precision> precisions() {
    return Stream.of(
        Precision.FLOAT32,
        Precision.FLOAT64,
        Precision.FLOAT32.withGradients(DataType.BFLOAT16),
        Precision.FLOAT32.withAccumulators(DataType.BFLOAT16).withSeed(3),
        Precision.BFLOAT16.withSeed(-7),
        Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16).withSeed(1L << 40),
        Precision.BFLOAT16_WITH_REMAINDER,
        Precision.FLOAT16.withSeed(5),
        Precision.of(DataType.BFLOAT16),
        Precision.of(DataType.FLOAT16));
  }

  private OptimizerBuilder model(Precision precision) {
    return Optimizer.builder(backend, RULE)
        .parameter("a", 2, 3)
        .group("plain", rule -> rule.momentum(0).centered(false))
        .parameter("b", 40)
        .precision(precision);
  }

  /** Steps are skipped too, so that attempts are not the steps. */
  private static GradientPolicy skipping() {
    return GradientPolicy.NONE.withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);
  }

  private static void train(Optimizer optimizer, int first, int end) {
    for (int batch = first; batch < end; batch++) {
      for (String name : optimizer.names()) {
        DeviceBuffer gradient = optimizer.gradient(name);
        double[] values =
            NumberKind.ORDINARY.take(
                gradient.dataType(), (int) gradient.length(), name.hashCode() + batch);
        if (batch == 1) {
          values[0] = Double.NaN;
        }
        Elements.write(gradient, values);
      }
      optimizer.step();
    }
  }

  private static void assertSame(Optimizer expected, Optimizer actual) {
    assertEquals(expected.progress(), actual.progress());
    List<Content> contents = contents(actual);
    List<Content> all = contents(expected);
    assertEquals(all.size(), contents.size());
    for (int i = 0; i < all.size(); i++) {
      DeviceBuffer buffer = all.get(i).buffer();
      double[] values = new double[(int) buffer.length()];
      Elements.read(buffer, values);
      Bits.assertHolds(all.get(i).name(), contents.get(i).buffer(), values);
    }
  }

  /** Told by the state, not by what a checkpoint takes for all there is. */
  private static List<Content> contents(Optimizer optimizer) {
    List<Content> contents = new ArrayList<>(Content.parameters(optimizer));
    for (String name : optimizer.names()) {
      var state = optimizer.state(name);
      contents.add(new Content(name + " v", name, List.of(), state.squareAverage()));
      state.momentum().ifPresent(b -> contents.add(new Content(name + " b", name, List.of(), b)));
      state
          .gradientAverage()
          .ifPresent(m -> contents.add(new Content(name + " m", name, List.of(), m)));
      state.remainder().ifPresent(r -> contents.add(new Content(name + " r", name, List.of(), r)));
    }
    return contents;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  void aSavedTrainingGoesOnExactly(Precision precision) throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder);
    try (Optimizer whole = model(precision).policy(skipping()).build();
        Optimizer first = model(precision).policy(skipping()).build();
        Optimizer second = model(precision).policy(skipping()).build()) {
      train(whole, 0, 8);
      train(first, 0, 3);
      assertEquals(1, first.skippedSteps());
      checkpoints.save(first);
      assertTrue(checkpoints.resume(second).isPresent());
      assertSame(first, second);
      train(second, 3, 8);
      assertSame(whole, second);
    }
  }

  /** What is gathered is in more bits than the gradients. */
  @ParameterizedTest
  @MethodSource("gathering")
  void gatheredGradientsAreSaved(Precision precision) throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder);
    GradientPolicy policy = GradientPolicy.NONE.withMicroBatches(3);
    try (Optimizer whole = model(precision).policy(policy).build();
        Optimizer first = model(precision).policy(policy).build();
        Optimizer second = model(precision).policy(policy).build()) {
      train(whole, 2, 9);
      train(first, 2, 7);
      Path saved = checkpoints.save(first);
      try (SafetensorsReader state = open(saved)) {
        assertEquals("F32[40]", state.tensors().get("b.gathered").toString());
      }
      assertTrue(checkpoints.resume(second).isPresent());
      train(second, 7, 9);
      assertSame(whole, second);
    }
  }

  static Stream<Precision> gathering() {
    return Stream.of(
        Precision.BFLOAT16.withSeed(2), Precision.BFLOAT16_WITH_REMAINDER, Precision.FLOAT16);
  }

  private static SafetensorsReader open(Path saved) throws IOException {
    return SafetensorsReader.open(saved.resolve("optimizer.safetensors"));
  }

  @Test
  void filesHaveTheTypesThatAreStored() throws IOException {
    Precision precision = Precision.BFLOAT16_WITH_REMAINDER;
    try (Optimizer optimizer = model(precision).build()) {
      Path saved = Checkpoints.in(folder).save(optimizer);
      try (SafetensorsReader model = SafetensorsReader.open(saved.resolve("model.safetensors"));
          SafetensorsReader state = open(saved)) {
        assertEquals("BF16[2, 3]", model.tensors().get("a").toString());
        assertEquals("I16[2, 3]", state.tensors().get("a.remainder").toString());
        assertEquals("F32[2, 3]", state.tensors().get("a.square_avg").toString());
        assertEquals("true", state.metadata().get("precision.remainder"));
        assertEquals("NEAREST", state.metadata().get("precision.rounding"));
        assertEquals(null, state.metadata().get("precision.seed"), "nothing is random");
      }
    }
    Precision random = Precision.FLOAT16.withAccumulators(DataType.FLOAT32).withSeed(-1);
    try (Optimizer optimizer = model(random).build()) {
      try (SafetensorsReader state = open(Checkpoints.in(folder).save(optimizer))) {
        assertEquals("FLOAT16", state.metadata().get("precision.gradients"));
        assertEquals("RANDOM", state.metadata().get("precision.rounding"));
        assertEquals("-1", state.metadata().get("precision.seed"));
        assertEquals("16384", state.metadata().get("tensor.b.offset"), "its random bits'");
      }
    }
  }

  /** As they were written before there was another precision. */
  @Test
  void olderCheckpointsAreLoaded() throws IOException {
    Path old = Files.createDirectory(folder.resolve("checkpoint-000001-step-3"));
    try (Optimizer saved = model(Precision.FLOAT32).build();
        Optimizer loaded = model(Precision.FLOAT32).build();
        Optimizer other = model(Precision.BFLOAT16).build()) {
      train(saved, 2, 5);
      Map<String, String> texts =
          new LinkedHashMap<>(Checkpoint.texts(saved, saved.progress(), Map.of()));
      assertEquals(true, texts.keySet().removeIf(key -> key.startsWith("precision.")));
      write(saved, Content.parameters(saved), Map.of("format", "pt"), old, Checkpoint.MODEL);
      write(saved, Content.state(saved, Set.of()), texts, old, Checkpoint.STATE);
      assertTrue(Checkpoints.in(folder).resume(loaded).isPresent());
      assertSame(saved, loaded);
      try (Checkpoint checkpoint = Checkpoint.open(old)) {
        List<String> lines = checkpoint.differences(other);
        assertTrue(
            lines.contains("\"a\": \"F32[2, 3]\" in the checkpoint, \"BF16[2, 3]\" here"),
            lines::toString);
      }
    }
  }

  private static void write(
      Optimizer optimizer,
      List<Content> contents,
      Map<String, String> texts,
      Path folder,
      String name)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(texts);
    for (Content content : contents) {
      writer.add(content.name(), optimizer.shape(content.tensor()), content.buffer());
    }
    writer.write(folder.resolve(name), Long.MAX_VALUE);
  }

  /** The old one would be half a last place of what is loaded. */
  @Test
  void parametersThatAreLoadedHaveNoRemainder() throws IOException {
    try (Optimizer optimizer = model(Precision.BFLOAT16_WITH_REMAINDER).build()) {
      Path file = folder.resolve("a.safetensors");
      Parameters.save(optimizer, file);
      train(optimizer, 2, 5);
      double[] remainder = new double[40];
      Elements.read(optimizer.state("b").remainder().orElseThrow(), remainder);
      assertTrue(DoubleStream.of(remainder).anyMatch(r -> r != 0), "there was one");
      Parameters.load(file, optimizer);
      Bits.assertHolds(
          "the remainder", optimizer.state("b").remainder().orElseThrow(), new double[40]);
      Bits.assertHolds("the parameters", optimizer.parameter("b"), new double[40]);
    }
  }
}
