package dev.rootmean.cli.train;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.cli.RootmeanOnTheEmulator;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.RequiredBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code train --precision}. */
class TrainPrecisionTest {
  @TempDir Path directory;

  private static Run train(String options) {
    return Run.of(
        Stream.concat(
                Stream.of("train", "--hidden", "64", "--json"), Stream.of(options.split(" ", -1)))
            .toArray(String[]::new));
  }

  private static JsonNode json(String options) throws Exception {
    Run run = train(options);
    assertEquals(0, run.status(), run.err());
    return new ObjectMapper().readTree(run.out());
  }

  private static String hash(String options) throws Exception {
    return json(options).get("parametersSha256").asText();
  }

  /** About as well as float32 in as many epochs: within three of a hundred test images. */
  @Test
  void everyPrecisionLearnsTheDigits() throws Exception {
    Set<String> hashes = new HashSet<>();
    double accuracy = 0;
    for (String precision :
        List.of(
            "float32",
            "bfloat16",
            "bfloat16-remainder",
            "bfloat16-all",
            "bfloat16-block8",
            "float32-block8",
            "float16")) {
      JsonNode json = json("--backend cpu --epochs 8 --precision " + precision);
      double found = json.get("testAccuracy").asDouble();
      accuracy = hashes.isEmpty() ? found : accuracy;
      assertEquals(accuracy, found, 0.03, json.toString());
      hashes.add(json.get("parametersSha256").asText());
    }
    assertTrue(accuracy > 0.85, "float32 itself has learnt: " + accuracy);
    assertEquals(7, hashes.size(), "each is another training");
  }

  /** With momentum: of a parameter, a gradient, v, b and, in the third, a remainder. */
  @ParameterizedTest
  @CsvSource({
    "float32, 16",
    "bfloat16, 12",
    "bfloat16-remainder, 14",
    "bfloat16-all, 8",
    "bfloat16-block8, 6",
    "float32-block8, 10",
    "float16, 12",
    "bfloat16-nearest, 8"
  })
  void whatIsKeptIsTold(String precision, int bytes) throws Exception {
    String options = "--backend cpu --epochs 1 --momentum 0.5 --precision " + precision;
    JsonNode json = json(options);
    assertEquals(precision, json.get("precision").asText());
    assertEquals(bytes, json.get("bytesPerParameter").asInt());
    Run run = Run.of(("train --hidden 8 " + options).split(" ", -1));
    assertTrue(
        run.out().contains("precision       " + precision + ", " + bytes + " bytes a parameter\n"),
        run.out());
  }

  @Test
  void helpHasEveryPrecision() {
    for (String command : List.of("train", "bench")) {
      String help = Run.of(command, "--help").out();
      for (String name :
          List.of(
              "float32            12",
              "bfloat16            8",
              "bfloat16-remainder 10",
              "bfloat16-all        6",
              "bfloat16-block8     5",
              "float32-block8      9",
              "float16             8",
              "bfloat16-nearest    6")) {
        assertTrue(help.contains("  " + name + "  "), help);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bfloat16 --momentum 0.9", "bfloat16-remainder", "float16 --centered"})
  void onOpenClTheBitsAreTheSame(String options) throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    String common = " --epochs 2 --precision " + options;
    assertEquals(hash("--backend cpu" + common), hash("--backend opencl:Portable" + common));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bfloat16 --momentum 0.9", "bfloat16-remainder"})
  void onCudaTheBitsAreTheSame(String options) throws Exception {
    String common = " --epochs 1 --precision " + options;
    JsonNode onCuda =
        RootmeanOnTheEmulator.json(
            ("train --hidden 64 --json --backend cuda" + common).split(" ", -1));
    assertEquals("cuda", onCuda.get("backend").asText());
    assertEquals(hash("--backend cpu" + common), onCuda.get("parametersSha256").asText());
  }

  /** What float32 would begin with, and not what is left of that in 16 bits. */
  @Test
  void aRemainderIsThereFromTheBeginning() {
    Layers layers = new Layers(1, 64, 10);
    float[] first = layers.initialParameters(new Random(1));
    try (HostGradients gradients = new HostGradients(layers, () -> Backends.open("cpu"))) {
      OptimizerBuilder builder =
          Optimizer.builder(gradients.backend(), RmsProp.builder().build())
              .precision(Precision.BFLOAT16_WITH_REMAINDER);
      gradients.addTo(builder);
      try (Optimizer optimizer = builder.build()) {
        gradients.begin(optimizer, first.clone());
        float[] weights = new float[640];
        String name = "layer1.weight";
        optimizer.state(name).readParameters(optimizer.parameter(name), weights);
        assertArrayEquals(Arrays.copyOf(first, 640), weights);
      }
    }
  }

  /** Its random bits are those that the undisturbed one has after as many steps. */
  @ParameterizedTest
  @ValueSource(strings = {"bfloat16", "bfloat16-remainder", "bfloat16-all", "bfloat16-block8"})
  void aTrainingIsGoneOnWithInItsPrecision(String precision) throws Exception {
    String common = "--backend cpu --seed 3 --precision " + precision;
    String saved = " --checkpoint " + directory + " --resume";
    json(common + saved + " --epochs 1");
    String seed = "\"precision.seed\":\"3\"";
    assertEquals(!precision.equals("bfloat16-remainder"), state().contains(seed), "random bits");
    String resumed = hash(common + saved + " --epochs 3");
    assertEquals(hash(common + " --epochs 3"), resumed);
    assertNotEquals(hash("--backend cpu --seed 3 --epochs 3"), resumed);
  }

  @Test
  void anotherPrecisionIsRefused() throws Exception {
    String saved = "--backend cpu --epochs 1 --resume --checkpoint " + directory;
    json(saved);
    assertEquals(
        "rootmean train: --checkpoint "
            + directory
            + " is of another training: --precision float32 there, bfloat16 here\n",
        refused(saved + " --precision bfloat16"));
    Path other = directory.resolve("other");
    json(saved + "/other --precision bfloat16");
    assertEquals(
        "rootmean train: --checkpoint "
            + other
            + " is of another training: --precision bfloat16 there, bfloat16-all here\n",
        refused(saved + "/other --precision bfloat16-all"));
  }

  private static String refused(String options) {
    Run run = train(options);
    assertEquals(2, run.status(), run.out());
    assertEquals("", run.out());
    return run.err();
  }

  /** From before there was another precision: without the note. */
  @Test
  void anOlderTrainingIsOneInFloats() throws Exception {
    String saved = "--backend cpu --resume --checkpoint " + directory;
    json(saved + " --epochs 1");
    String old = state().replace("\"note.--precision\"", "\"note.another one\"");
    assertNotEquals(state(), old);
    Files.writeString(stateFile(), old, ISO_8859_1);
    String err = refused(saved + " --epochs 2 --precision float16");
    assertTrue(err.contains("--precision float32 there, float16 here"), err);
    assertEquals(hash("--backend cpu --epochs 2"), hash(saved + " --epochs 2"));
  }

  private Path stateFile() throws IOException {
    try (Checkpoint latest = Checkpoints.in(directory).latest().orElseThrow()) {
      return latest.path().resolve("optimizer.safetensors");
    }
  }

  private String state() throws IOException {
    return Files.readString(stateFile(), ISO_8859_1);
  }
}
