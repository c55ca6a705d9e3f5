package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.checkpoint.Parameters;
import dev.rootmean.cli.Rootmean;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.ChildJvm;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training writes to {@code --out}, and what it leaves there when it ends badly. */
class TrainOutputTest {
  @TempDir Path directory;

  @Test
  void outGetsMetricsAndChart() throws Exception {
    Path out = directory.resolve("new/run");
    JsonNode json = SmallTraining.run("--json", "--out", out.toString()).json();
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
    assertEquals(3, entries(out), "no temporary file is left");
  }

  @Test
  void outGetsTheParameters() throws Exception {
    JsonNode json = SmallTraining.run("--json", "--out", directory.toString()).json();
    Layers layers = new Layers(100, 64, 8, 10);
    try (HostGradients gradients = new HostGradients(layers, () -> Backends.open("cpu"))) {
      OptimizerBuilder builder = Optimizer.builder(gradients.backend(), RmsProp.builder().build());
      gradients.addTo(builder);
      try (Optimizer optimizer = builder.build()) {
        gradients.begin(optimizer, new float[layers.parameters()]);
        Parameters.load(directory.resolve("model.safetensors"), optimizer);
        assertEquals(
            json.get("parametersSha256").asText(),
            ParametersSha256.of(List.of(gradients.parameters())));
      }
    }
  }

  @Test
  void divergenceIsAResultWithAWarning() throws Exception {
    String out = directory.toString();
    Run run = SmallTraining.run("--learning-rate", "1e30", "--json", "--out", out);
    assertEquals(0, run.status());
    assertTrue(
        run.err().contains("WARNING: the loss is NaN in epoch 1: training ended there"), run.err());
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertTrue(json.get("finalLoss").isNull());
    assertEquals(1, json.get("epochs").asInt());
    assertEquals(3, entries(directory));
  }

  @Test
  void outMustNotBeAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "precious");
    Run run = SmallTraining.run("--out", file.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().contains(file + " is a file: expected a directory"), run.err());
    assertEquals("precious", Files.readString(file));
    assertEquals(2, SmallTraining.run("--out", file.resolve("below").toString()).status());
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

  @Test
  void aFullDiskCostsTheChartAndNotTheResult() throws Exception {
    Files.writeString(directory.resolve("loss.png"), "of an earlier run");
    ChildJvm jvm =
        ChildJvm.of(Rootmean.class)
            .option("-XX:-UsePerfData") // a file that is larger
            .launchedBy("bash", "-c", "ulimit -f 8; exec \"$@\"", "bash"); // files of 8 KiB
    SmallTraining.ARGUMENTS.forEach(jvm::argument);
    ChildJvm.Outcome outcome = jvm.run("--json", "--out", directory.toString());
    List<String> lines = outcome.text().lines().filter(l -> l.matches("[{r].*")).toList();
    assertEquals(2, lines.size(), outcome.text());
    assertEquals(2, new ObjectMapper().readTree(lines.get(0)).get("epochs").asInt());
    assertEquals(
        "rootmean train: --out " + directory + ": loss.png cannot be written: File too large",
        lines.get(1));
    assertEquals(1, outcome.status());
    assertEquals(3, lines(directory.resolve("metrics.csv")));
    assertEquals(2, entries(directory));
  }

  @Test
  void theTemporaryFolderDoesNotMatter() {
    ChildJvm jvm = ChildJvm.of(Rootmean.class).temporaryFolder(directory.resolve("missing"));
    SmallTraining.ARGUMENTS.forEach(jvm::argument);
    jvm.run("--json", "--out", directory.toString()).succeeded();
  }

  private static int lines(Path file) throws Exception {
    return Files.readAllLines(file).size();
  }

  private static long entries(Path directory) throws Exception {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.count();
    }
  }
}
