package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.cli.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest {
  @TempDir Path directory;

  @Test
  void theDefaultsLearnTheDigits() throws Exception {
    JsonNode json = Run.of("train", "--backend", "cpu", "--json").json();
    assertTrue(json.get("testAccuracy").asDouble() >= 0.96, json.toString());
    assertEquals(17_226, json.get("parameters").asInt());
    assertEquals(20, json.get("epochs").asInt());
    assertEquals(20 * 45, json.get("steps").asInt());
  }

  @Test
  void jsonStandsAlone() throws Exception {
    JsonNode json = SmallTraining.run("--json").json();
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertEquals(
        List.of(
            "backend",
            "device",
            "gradients",
            "parameters",
            "precision",
            "bytesPerParameter",
            "epochs",
            "steps",
            "finalLoss",
            "testAccuracy",
            "optimizerMicrosPerStep",
            "microsPerBatch",
            "parametersSha256"),
        names);
    assertEquals("cpu", json.get("backend").asText());
    assertEquals("host", json.get("gradients").asText());
    assertEquals((64 + 1) * 8 + (8 + 1) * 10, json.get("parameters").asInt());
    assertEquals(2 * 15, json.get("steps").asInt());
    double step = json.get("optimizerMicrosPerStep").asDouble();
    assertTrue(step > 0);
    assertTrue(json.get("microsPerBatch").asDouble() > step);
    assertTrue(json.get("parametersSha256").asText().matches("[0-9a-f]{64}"));
  }

  @Test
  void theSeedDecidesTheBits() throws Exception {
    String hash = hash("--seed", "5");
    assertEquals(hash, hash("--seed", "5"));
    assertNotEquals(hash, hash("--seed", "6"));
  }

  @Test
  void everyRuleOptionReachesTheRule() throws Exception {
    List<String> hashes = new ArrayList<>();
    hashes.add(hash());
    for (String options :
        List.of(
            "--preset pytorch",
            "--learning-rate 0.01",
            "--decay 0.8",
            "--epsilon 0.1",
            "--epsilon 0.1 --epsilon-placement outside",
            "--momentum 0.5",
            "--momentum 0.5 --nesterov",
            "--centered",
            "--weight-decay 0.1",
            "--weight-decay 0.1 --preset keras")) {
      hashes.add(hash(options.split(" ", -1)));
    }
    assertEquals(hashes.size(), hashes.stream().distinct().count(), hashes.toString());
    // PyTorch's preset is these values, and no more.
    assertEquals(
        hash("--preset", "pytorch"),
        hash(
            "--learning-rate",
            "0.01",
            "--decay",
            "0.99",
            "--epsilon",
            "1e-8",
            "--epsilon-placement",
            "outside"));
  }

  @Test
  void everyScheduleReachesTheSteps() throws Exception {
    List<String> hashes = new ArrayList<>();
    hashes.add(hash());
    for (String schedule :
        List.of(
            "step:7,0.5",
            "exponential:0.99",
            "inverse-time:0.1",
            "linear",
            "linear:0.0005",
            "cosine",
            "cosine:0.0005",
            "one-cycle",
            "warmup:5+constant",
            "warmup:5+cosine")) {
      hashes.add(hash("--schedule", schedule));
    }
    assertEquals(hashes.size(), hashes.stream().distinct().count(), hashes.toString());
    assertEquals(hash(), hash("--schedule", "constant"));
    // All 30 steps lie before the first change, so that nothing changes; one step earlier, it does.
    assertEquals(hash(), hash("--schedule", "step:30,0.5"));
    assertNotEquals(hash(), hash("--schedule", "step:29,0.5"));
  }

  @Test
  void theSummaryIsForPeople() {
    Run run = SmallTraining.run();
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("backend         cpu"), run.out());
    assertEquals(11, run.out().lines().count(), run.out());
    assertTrue(run.out().contains("precision       float32, 12 bytes a parameter"), run.out());
    List<String> epochs = run.err().lines().toList();
    assertEquals(2, epochs.size(), run.err());
    assertTrue(epochs.get(0).matches("epoch 1 of 2: loss \\d\\.\\d{4}, test .* %"), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--epochs 0 | --epochs 0: expected at least 1",
        "--batch -1 | --batch -1: expected at least 1",
        "--hidden 8,0 | --hidden 0: expected at least 1",
        "--hidden 8,,8 | '' is not a whole number",
        "--hidden 128, | '128,' is not a whole number",
        "--hidden 2000000000,2000000000 | --hidden and --batch make a network that is larger than",
        "--learning-rate NaN | --learning-rate NaN: expected a number from 0",
        "--learning-rate x | 'x' is not a number",
        "--decay 1.5 | --decay 1.5: expected a number from 0 to 1",
        "--epsilon 1e-46 | --epsilon 1.0E-46 is 0 in FLOAT32: expected at least",
        "--epsilon -1 | --epsilon -1.0: expected",
        "--epsilon-placement middle | 'middle' is not inside or outside",
        "--momentum 2 | --momentum 2.0: expected a number from 0 to 1",
        "--weight-decay -0.1 | --weight-decay -0.1: expected",
        "--nesterov | --nesterov without momentum changes nothing: add --momentum",
        "--preset caffe | --preset caffe: expected pytorch, keras, tensorflow, tensorflow-js, optax",
        "--schedule step | --schedule step: expected constant, step:EVERY,FACTOR, exponential",
        "--schedule step:3 | --schedule step:3: expected constant, step:EVERY,FACTOR, exponential",
        "--schedule step:x,0.1 | --schedule step:x,0.1: \"x\": expected a whole number",
        "--schedule step:3,x | --schedule step:3,x: \"x\": expected a number",
        "--schedule step:0,0.1 | --schedule step:0,0.1: every 0: expected at least 1",
        "--schedule cosine:1:2 | --schedule cosine:1:2: \"1:2\": expected a number",
        "--schedule cosine:-1 | --schedule cosine:-1: to -1.0: expected a number from 0 to",
        "--schedule exponential:2 | factor 2.0: expected a number from 0 to 1",
        "--schedule Cosine | --schedule Cosine: expected constant",
        "--schedule warmup:5 | --schedule warmup:5: expected constant",
        "--schedule warmup:5+ | --schedule warmup:5+: expected constant",
        "--schedule warmup:+cosine | --schedule warmup:+cosine: \"\": expected a whole number",
        "--schedule warmup:0+cosine | steps 0: expected at least 1",
        "--schedule warmup:900+cosine | takes all of the training's 900 steps: expected fewer",
        "--seed x | 'x' is not a whole number",
        "--backend abacus | unknown backend \"abacus\": expected auto, cpu, cuda, opencl",
        "--precision half | --precision half: expected float32 or bfloat16 or bfloat16-remainder or",
        "--gradients device --backend opencl --precision float16 | expected float32, which CLBlast",
        "--gradients gpu | --gradients gpu: expected host or device",
        "--gradients device | --gradients device without --backend: expected --backend opencl or",
        "--gradients device --backend cpu | --gradients device with --backend cpu: expected --back",
        "--data no/such/directory | --data no/such/directory does not exist: expected a directory",
      })
  void badInputIsOneLineAndWritesNothing(String options, String complaint) throws Exception {
    Path out = directory.resolve("out");
    List<String> arguments = new ArrayList<>(List.of("train", "--out", out.toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    Run run = Run.of(arguments.toArray(String[]::new));
    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("rootmean train: "), run.err());
    assertTrue(run.err().contains(complaint), run.err());
    assertFalse(Files.exists(out));
  }

  private String hash(String... options) throws Exception {
    return SmallTraining.run(
            Stream.concat(Stream.of("--json"), Stream.of(options)).toArray(String[]::new))
        .json()
        .get("parametersSha256")
        .asText();
  }
}
