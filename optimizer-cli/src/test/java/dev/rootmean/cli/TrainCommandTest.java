package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.contract.ChildJvm;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest {
  private static final List<String> SMALL =
      List.of("train", "--backend", "cpu", "--hidden", "8", "--epochs", "2", "--batch", "100");

  @TempDir Path directory;

  @Test
  void theDefaultsLearnTheDigits() throws Exception {
    JsonNode json = json(Run.of("train", "--backend", "cpu", "--json"));
    assertTrue(json.get("testAccuracy").asDouble() >= 0.96, json.toString());
    assertEquals(17_226, json.get("parameters").asInt());
    assertEquals(20, json.get("epochs").asInt());
    assertEquals(20 * 45, json.get("steps").asInt());
  }

  @Test
  void jsonStandsAlone() throws Exception {
    JsonNode json = json(small("--json"));
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertEquals(
        List.of(
            "backend",
            "device",
            "parameters",
            "epochs",
            "steps",
            "finalLoss",
            "testAccuracy",
            "optimizerMicrosPerStep",
            "parametersSha256"),
        names);
    assertEquals("cpu", json.get("backend").asText());
    assertEquals((64 + 1) * 8 + (8 + 1) * 10, json.get("parameters").asInt());
    assertEquals(2 * 15, json.get("steps").asInt());
    assertTrue(json.get("optimizerMicrosPerStep").asDouble() > 0);
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
    Run run = small();
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("backend         cpu"), run.out());
    assertEquals(8, run.out().lines().count(), run.out());
    List<String> epochs = run.err().lines().toList();
    assertEquals(2, epochs.size(), run.err());
    assertTrue(epochs.get(0).matches("epoch 1 of 2: loss \\d\\.\\d{4}, test .* %"), run.err());
  }

  @Test
  void theMetricsOfFinishedEpochsSurviveAnInterruption() throws Exception {
    Path metrics = directory.resolve("metrics.csv");
    Path chart = Files.writeString(directory.resolve("loss.png"), "of an earlier run");
    String command = "train --backend cpu --hidden 8 --epochs 1000000 --out " + directory;
    ChildJvm.Running running = ChildJvm.of(Rootmean.class).start(command.split(" ", -1));
    while (running.process().isAlive() && !(Files.exists(metrics) && lines(metrics) > 3)) {
      Thread.sleep(20);
    }
    new ProcessBuilder("kill", "-INT", Long.toString(running.process().pid())).start().waitFor();
    assertEquals(130, running.await().status());
    assertTrue(Files.readString(metrics).endsWith("\n"));
    assertTrue(lines(metrics) > 3);
    assertFalse(Files.exists(chart), "no chart of another run stands beside it");
  }

  private static int lines(Path file) throws Exception {
    return Files.readAllLines(file).size();
  }

  @Test
  void aFullDiskCostsTheChartAndNotTheResult() throws Exception {
    Files.writeString(directory.resolve("loss.png"), "of an earlier run");
    ChildJvm jvm =
        ChildJvm.of(Rootmean.class)
            .option("-XX:-UsePerfData") // a file that is larger
            .launchedBy("bash", "-c", "ulimit -f 8; exec \"$@\"", "bash"); // files of 8 KiB
    SMALL.forEach(jvm::argument);
    ChildJvm.Outcome outcome = jvm.run("--json", "--out", directory.toString());
    List<String> lines = outcome.text().lines().filter(l -> l.matches("[{r].*")).toList();
    assertEquals(2, lines.size(), outcome.text());
    assertEquals(2, new ObjectMapper().readTree(lines.get(0)).get("epochs").asInt());
    assertEquals(
        "rootmean train: --out " + directory + ": loss.png cannot be written: File too large",
        lines.get(1));
    assertEquals(1, outcome.status());
    assertEquals(3, lines(directory.resolve("metrics.csv")));
    assertEquals(1, entries(directory));
  }

  @Test
  void theTemporaryFolderDoesNotMatter() {
    ChildJvm jvm = ChildJvm.of(Rootmean.class).temporaryFolder(directory.resolve("missing"));
    SMALL.forEach(jvm::argument);
    jvm.run("--json", "--out", directory.toString()).succeeded();
  }

  @Test
  void outGetsMetricsAndChart() throws Exception {
    Path out = directory.resolve("new/run");
    JsonNode json = json(small("--json", "--out", out.toString()));
    List<String> lines = Files.readAllLines(out.resolve("metrics.csv"));
    assertEquals("epoch,step,trainLoss,testAccuracy,optimizerMicrosPerStep", lines.get(0));
    assertEquals(3, lines.size());
    assertTrue(lines.get(1).startsWith("1,15,"), lines.get(1));
    List<String> last = List.of(lines.get(2).split(",", -1));
    assertEquals("2", last.get(0));
    assertEquals("30", last.get(1));
    assertEquals(json.get("finalLoss").asDouble(), Double.parseDouble(last.get(2)));
    assertEquals(json.get("testAccuracy").asDouble(), Double.parseDouble(last.get(3)));
    BufferedImage chart = ImageIO.read(out.resolve("loss.png").toFile());
    assertEquals(1920, chart.getWidth());
    assertEquals(1080, chart.getHeight());
    assertEquals(2, entries(out), "no temporary file is left");
  }

  @Test
  void divergenceIsAResultWithAWarning() throws Exception {
    String out = directory.toString();
    Run run = small("--learning-rate", "1e30", "--json", "--out", out);
    assertEquals(0, run.status());
    assertTrue(
        run.err().contains("WARNING: the loss is NaN in epoch 1: training ended there"), run.err());
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertTrue(json.get("finalLoss").isNull());
    assertEquals(1, json.get("epochs").asInt());
    assertEquals(2, entries(directory));
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
        "--data no/such/directory | --data no/such/directory: expected a directory",
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

  @Test
  void outMustNotBeAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "precious");
    Run run = small("--out", file.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().contains(file + " is a file: expected a directory"), run.err());
    assertEquals("precious", Files.readString(file));
    assertEquals(2, small("--out", file.resolve("below").toString()).status());
  }

  private String hash(String... options) throws Exception {
    return json(small(
            Stream.concat(Stream.of("--json"), Stream.of(options)).toArray(String[]::new)))
        .get("parametersSha256")
        .asText();
  }

  private static Run small(String... options) {
    return Run.of(Stream.concat(SMALL.stream(), Stream.of(options)).toArray(String[]::new));
  }

  private static JsonNode json(Run run) throws Exception {
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    return new ObjectMapper().readTree(run.out());
  }

  private static long entries(Path directory) throws Exception {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.count();
    }
  }
}
