package dev.rootmean.cli.train;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.cli.Rootmean;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.ChildJvm.Outcome;
import dev.rootmean.contract.ChildJvm.Running;
import dev.rootmean.contract.LongTests;
import dev.rootmean.contract.RequiredBackends;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train --checkpoint}: however a training was ended, it goes on to the same bits. */
class TrainCheckpointTest {
  private static final int KILLS = LongTests.areWanted() ? 40 : 2;
  private static final long SEED = System.nanoTime();
  private static final String CPU = "cpu";
  private static final String OPENCL = "opencl:Portable";

  @TempDir Path temporary;

  private Path saved() {
    return temporary.resolve("new/saved");
  }

  /** A small training, with other options where they are given. */
  private static List<String> small(String options) {
    List<String> command = new ArrayList<>(SmallTraining.ARGUMENTS);
    for (String option : options.isEmpty() ? new String[0] : options.split(" ", -1)) {
      int known = option.startsWith("--") ? command.indexOf(option) : -1;
      if (known >= 0) {
        command.subList(known, known + 2).clear();
      }
      command.add(option);
    }
    return command;
  }

  private static Run run(List<String> command) {
    return Run.of(command.toArray(String[]::new));
  }

  private Run train(String options) {
    return run(small(("--json --checkpoint " + saved() + " " + options).strip()));
  }

  private static JsonNode json(String text) throws Exception {
    String line = text.lines().filter(l -> l.startsWith("{")).findAny().orElse("none in " + text);
    return new ObjectMapper().readTree(line);
  }

  private static String hash(String text) throws Exception {
    return json(text).get("parametersSha256").asText();
  }

  /** Momentum and a schedule, so that accumulators and counters matter. */
  private static List<String> longer(String backend) {
    return small(
        "--momentum 0.9 --schedule cosine --batch 32 --epochs 40 --json --backend " + backend);
  }

  private Running start(List<String> training) {
    Stream<String> resumed =
        Stream.of("--checkpoint", saved().toString(), "--checkpoint-every", "150", "--resume");
    return ChildJvm.of(Rootmean.class)
        .start(Stream.concat(training.stream(), resumed).toArray(String[]::new));
  }

  /** Waits until it trains, and then for a while. */
  private static void waitFor(Running child, int milliseconds) throws Exception {
    while (child.process().isAlive() && !Files.readString(child.output()).contains("train: ")) {
      Thread.sleep(5);
    }
    Thread.sleep(milliseconds);
  }

  @Test
  void aKilledTrainingComesToTheSameBitsAlsoOnAnotherBackend() throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    Random random = new Random(SEED);
    int killed = 0;
    for (int i = 0; i < KILLS; i++) {
      Running child = start(longer(i % 2 == 0 ? OPENCL : CPU));
      waitFor(child, random.nextInt(600));
      child.process().destroyForcibly();
      killed += child.await().status() == 137 ? 1 : 0;
    }
    assertTrue(killed > 0, "all trainings had ended already: seed " + SEED);
    String resumed = hash(start(longer(CPU)).await().succeeded().text());
    String undisturbed = hash(run(longer(CPU)).out());
    assertEquals(undisturbed, resumed, "seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalEndsATrainingWithACheckpoint(String signal, int status) throws Exception {
    Running child = start(longer(CPU));
    waitFor(child, 50);
    long start = System.nanoTime();
    new ProcessBuilder("kill", "-" + signal, Long.toString(child.process().pid()))
        .start()
        .waitFor();
    Outcome outcome = child.await();
    assertTrue(System.nanoTime() - start < 20e9, "it takes less than 20 s");
    assertEquals(status, outcome.status(), outcome.text());
    List<String> lines = outcome.lines("train");
    String step = lines.get(1).replaceAll("stopped after step (\\d+): .*", "$1");
    Outcome resumed = start(longer(CPU)).await().succeeded();
    assertTrue(resumed.line("train").startsWith("going on after step " + step + " of 1800, "));
    assertEquals(hash(run(longer(CPU)).out()), hash(resumed.text()));
  }

  @Test
  void aTrainingThatIsOverIsToldAgain() throws Exception {
    Run first = train("--resume");
    assertTrue(
        first
            .err()
            .contains("train: no checkpoint in " + saved() + ": training from the beginning"),
        first.err());
    Run again = train("--resume");
    assertEquals(json(first.out()), json(again.out()));
    assertTrue(again.err().contains("train: going on after step 30 of 30, from "), again.err());
    assertEquals(run(small("--json")).json().get("finalLoss"), json(again.out()).get("finalLoss"));
  }

  @Test
  void metricsAreThoseOfTheWholeTraining() throws Exception {
    train("--resume");
    Path out = temporary.resolve("out");
    assertEquals(0, train("--resume --epochs 4 --out " + out).status());
    List<String> lines = Files.readAllLines(out.resolve("metrics.csv"));
    assertEquals(5, lines.size());
    assertTrue(
        lines.get(1).startsWith("1,15,") && lines.get(4).startsWith("4,60,"), lines.toString());
  }

  @Test
  void aTrainingIsMadeLongerWhereItsScheduleAllows() throws Exception {
    train("--resume");
    assertEquals(
        hash(run(small("--json --epochs 4")).out()), hash(train("--resume --epochs 4").out()));
    refused(
        train("--resume --epochs 3"), "--epochs that make 45 steps, and it has come to step 60");
  }

  @Test
  void otherOptionsAreToldOneByOne() {
    assertEquals(0, train("--schedule linear").status());
    refused(train(""), "has a training: expected --resume, to go on with it, or another directory");
    refused(
        train("--resume --seed 1 --batch 50 --epochs 3 --learning-rate 0.1"),
        "is of another training: --batch 100 there, 50 here; --seed 0 there, 1 here;"
            + " --schedule linear there, constant here; \"rule.learningRate\": \"0.001\" in the"
            + " checkpoint, \"0.1\" here");
    refused(
        train("--resume --schedule linear --epochs 3"),
        "is of another training: --epochs 2 there, 3 here");
    assertEquals(0, train("--resume --schedule linear --checkpoint-every 3").status());
  }

  /** A checkpoint may come from anybody. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "note.loss\":\"0 | note.loss\":\"x | has notes that are not of train",
        "note.epoch.1\":\"1, | note.epoch.1\":\"1. | has notes that are not of train",
        "note.epoch.1 | note.epoch.7 | has come to step 30 in 0 whole epochs of 15 steps"
      })
  void notesThatAreOfNoTrainingAreRefused(String found, String instead, String expected)
      throws Exception {
    assertEquals(0, train("").status());
    Path file;
    try (Checkpoint latest = Checkpoints.in(saved()).latest().orElseThrow()) {
      file = latest.path().resolve("optimizer.safetensors");
    }
    String bytes = Files.readString(file, ISO_8859_1);
    assertTrue(bytes.contains(found), found);
    Files.writeString(file, bytes.replace(found, instead), ISO_8859_1);
    refused(train("--resume"), expected);
  }

  private static void refused(Run run, String expected) {
    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains(expected), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--resume | --resume without --checkpoint DIR: expected both",
        "--checkpoint-every 3 | --checkpoint-every without --checkpoint DIR: expected both",
        "--checkpoint x --checkpoint-every 0 | --checkpoint-every 0: expected at least 1"
      })
  void whatCannotBeIsToldAtOnce(String options, String expected) {
    refused(run(small(options)), expected);
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsToldBeforeTheFirstStep() throws Exception {
    Files.createDirectories(saved().getParent());
    Files.writeString(saved(), "precious");
    refused(train(""), "--checkpoint " + saved() + " cannot be read: is a file: expected a folder");
    assertEquals("precious", Files.readString(saved()));
  }

  /** The directory becomes a file in the middle. */
  @Test
  void whatCannotBeSavedLaterDoesNotEndTheTraining() throws Exception {
    Running child = start(small("--epochs 100"));
    waitFor(child, 50);
    Files.move(saved(), temporary.resolve("moved"));
    Files.writeString(saved(), "in the way");
    Outcome outcome = child.await();
    assertEquals(1, outcome.status(), outcome.text());
    List<String> told = outcome.lines("train");
    assertTrue(told.get(1).startsWith("WARNING: --checkpoint " + saved() + ": step "), told.get(1));
    assertTrue(told.get(1).endsWith("; the training goes on"), told.get(1));
    assertTrue(outcome.text().contains("steps           1,500"), outcome.text());
    String last = outcome.line("rootmean train");
    assertTrue(last.startsWith("--checkpoint " + saved() + ": step 1500 cannot be saved: "), last);
  }
}
