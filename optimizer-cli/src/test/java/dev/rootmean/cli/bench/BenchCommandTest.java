package dev.rootmean.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.cli.Rootmean;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  private static final List<String> SHORT =
      List.of("bench", "--backend", "cpu", "--seconds", "0.01");

  @TempDir Path directory;

  private static Run run(String options) {
    return Run.of(
        Stream.concat(SHORT.stream(), Stream.of(options.split(" ", -1))).toArray(String[]::new));
  }

  private static JsonNode results(String options) throws Exception {
    JsonNode json = run(options + " --json").json();
    assertEquals(1, json.size(), json.toString());
    return json.get("results");
  }

  private static List<String> column(JsonNode results, String name) {
    return StreamSupport.stream(results.spliterator(), false)
        .map(result -> result.get(name).asText())
        .toList();
  }

  /** What a step moves at least, as the figures have it. */
  private static List<Long> bytesPerElement(JsonNode results) {
    return StreamSupport.stream(results.spliterator(), false)
        .map(
            r ->
                Math.round(
                    r.get("nanosPerElement").asDouble() * r.get("gigabytesPerSecond").asDouble()))
        .toList();
  }

  @Test
  void jsonHasTheseKeys() throws Exception {
    JsonNode results = results("--elements 1000,2e4 --variant momentum,plain");
    assertEquals(List.of("1000", "1000", "20000", "20000"), column(results, "elements"));
    assertEquals(List.of("momentum", "plain", "momentum", "plain"), column(results, "variant"));
    for (JsonNode result : results) {
      List<String> names = new ArrayList<>();
      result.fieldNames().forEachRemaining(names::add);
      assertEquals(
          List.of(
              "backend",
              "device",
              "precision",
              "variant",
              "elements",
              "tensors",
              "nanosPerElement",
              "bytesPerElement",
              "gigabytesPerSecond",
              "copyShare"),
          names);
      assertEquals("cpu", result.get("backend").asText());
      assertEquals(1, result.get("tensors").asInt());
      assertTrue(result.get("nanosPerElement").asDouble() > 0, result.toString());
      assertTrue(result.get("copyShare").asDouble() > 0, result.toString());
    }
  }

  @Test
  void allVariantsMoveTheirBytes() throws Exception {
    JsonNode results = results("--elements 500");
    assertEquals(
        List.of("plain", "momentum", "centered", "momentum-centered"), column(results, "variant"));
    assertEquals(List.of(20L, 28L, 28L, 36L), bytesPerElement(results));
    JsonNode doubles = results("--elements 500 --variant plain --data-type float64");
    assertEquals(List.of(40L), bytesPerElement(doubles));
    assertEquals(List.of("float64"), column(doubles, "precision"));
  }

  /** Parameters, accumulators and remainder twice, the gradient once. */
  @ParameterizedTest
  @CsvSource({
    "float32, 20, 36",
    "bfloat16, 14, 30",
    "bfloat16-remainder, 18, 34",
    "bfloat16-all, 10, 18",
    "bfloat16-block8, 8, 12",
    "float32-block8, 14, 18",
    "float16, 14, 30",
    "bfloat16-nearest, 10, 18"
  })
  void everyPrecisionMovesItsBytes(String name, long plain, long both) throws Exception {
    JsonNode results =
        results("--elements 500 --variant plain,momentum-centered --precision " + name);
    assertEquals(List.of(name, name), column(results, "precision"));
    assertEquals(List.of(plain, both), bytesPerElement(results));
    assertEquals(
        List.of(Long.toString(plain), Long.toString(both)), column(results, "bytesPerElement"));
    JsonNode clipped = results("--elements 500 --variant plain --norm-clip 1 --precision " + name);
    long gradient = name.startsWith("float32") ? 4 : 2;
    assertEquals(List.of(plain, plain + gradient), bytesPerElement(clipped));
  }

  @Test
  void clippingStandsBesideAPlainStep() throws Exception {
    JsonNode results = results("--elements 500 --variant plain --norm-clip 1");
    assertEquals(List.of("plain", "plain+norm-clip"), column(results, "variant"));
    assertEquals(List.of(20L, 24L), bytesPerElement(results));
  }

  @Test
  void aModelStandsBesideOneFlatBuffer() throws Exception {
    JsonNode results = results("--model resnet50 --variant plain");
    assertEquals(List.of("1", "161"), column(results, "tensors"));
    assertEquals(List.of("25557032", "25557032"), column(results, "elements"));
    assertEquals(List.of(20L, 20L), bytesPerElement(results));
  }

  @Test
  void theTableIsForPeople() {
    Run run = run("--elements 2000 --variant plain --norm-clip 1");
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    List<String> lines = run.out().lines().map(line -> line.replaceAll(" {2,}", "|")).toList();
    assertEquals("backend|cpu", lines.get(0));
    assertEquals("kept in|float32", lines.get(2));
    assertEquals("step|elements|ns/element|GB/s|of copy", lines.get(4));
    assertTrue(lines.get(5).startsWith("plain|2,000|"), run.out());
    assertTrue(lines.get(6).startsWith("plain+norm-clip|2,000|"), run.out());
    assertTrue(lines.get(8).startsWith("2,000 elements: copy "), run.out());
    assertTrue(
        lines.get(9).matches("plain\\+norm-clip through an optimizer: .* flat step"), run.out());
  }

  /** Also the widest one, of a device as fast as any. */
  @Test
  void theTableHasEightyColumns() {
    BackendInfo info = new BackendInfo("cuda", "a GPU", 1L << 37, true, Set.of(DataType.FLOAT32));
    BenchResult result =
        new BenchResult(
            info,
            "bfloat16-remainder",
            "momentum-centered+norm-clip",
            124_439_808,
            148,
            1e6,
            40,
            4_000,
            64,
            64,
            OptionalDouble.of(1.25));
    String table = new BenchReport(List.of(result), List.of()).toString();
    assertTrue(table.lines().allMatch(line -> line.length() <= 80), table);
    assertTrue(table.contains("  148 "), table);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"--elements 1000,2000 --variant plain | 3", "--elements 1000 --norm-clip 2 | 9"})
  void outGetsFiguresAndChart(String options, int lineCount) throws Exception {
    Path out = directory.resolve("new/run");
    assertEquals(0, run(options + " --out " + out).status());
    List<String> lines = Files.readAllLines(out.resolve("bench.csv"));
    assertEquals(lineCount, lines.size());
    List<String> names = List.of(lines.get(0).split(",", -1));
    assertEquals("backend", names.get(0));
    assertEquals("timesFlat", names.get(names.size() - 1));
    for (String line : lines.subList(1, lines.size())) {
      String unquoted = line.replaceAll("\"[^\"]*\"", "device");
      assertEquals(names.size(), unquoted.split(",", -1).length, line);
      assertEquals(line.contains("norm-clip"), !line.endsWith(","), line);
    }
    BufferedImage chart = ImageIO.read(out.resolve("bench.png").toFile());
    assertEquals(1920, chart.getWidth());
    try (Stream<Path> entries = Files.list(out)) {
      assertEquals(2, entries.count(), "no temporary file is left");
    }
  }

  @Test
  void aFullDiskCostsTheChartAndNotTheResult() throws Exception {
    ChildJvm jvm =
        ChildJvm.of(Rootmean.class)
            .option("-XX:-UsePerfData")
            .launchedBy("bash", "-c", "ulimit -f 8; exec \"$@\"", "bash");
    SHORT.forEach(jvm::argument);
    ChildJvm.Outcome outcome =
        jvm.run("--elements", "100", "--variant", "plain", "--json", "--out", directory.toString());
    List<String> lines = outcome.text().lines().filter(l -> l.matches("[{r].*")).toList();
    assertEquals(2, lines.size(), outcome.text());
    assertEquals(1, new ObjectMapper().readTree(lines.get(0)).get("results").size());
    assertEquals(
        "rootmean bench: --out " + directory + ": bench.png cannot be written: File too large",
        lines.get(1));
    assertEquals(1, outcome.status());
    assertTrue(Files.exists(directory.resolve("bench.csv")));
  }

  @Test
  void threadsReachTheCpuBackend() throws Exception {
    try {
      String device =
          column(results("--elements 500 --variant plain --threads 3"), "device").get(0);
      assertTrue(device.endsWith(", 3 threads"), device);
    } finally {
      System.clearProperty("rootmean.cpu.threads");
    }
  }

  @Test
  void openClIsMeasuredBesideTheCpu() throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    JsonNode results = results("--backend opencl:Portable --elements 1000 --variant plain");
    assertEquals(List.of("cpu", "opencl"), column(results, "backend"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--elements 0 | --elements 0: expected a whole number, at least 1",
        "--elements -5 | --elements -5: expected a whole number",
        "--elements 1.5 | --elements 1.5: expected a whole number",
        "--elements x | --elements x: expected a whole number",
        "--elements 1000,,2000 | --elements : expected a whole number",
        "--elements 1e30 | --elements 1e30: expected a whole number",
        "--elements 1e18 | --elements: plain of 1,000,000,000,000,000,000 elements takes 1.20e+10 GB",
        "--model resnet18 | --model resnet18: expected resnet50 or gpt2",
        "--model gpt2 --elements 1000 | --model and --elements: expected one of them",
        "--variant nesterov | --variant nesterov: expected plain or momentum or centered or",
        "--data-type float16 | --data-type float16: expected float32 or float64",
        "--precision float64 | --precision float64: expected float32 or bfloat16 or bfloat16-rema",
        "--precision bfloat16 --data-type float32 | --precision and --data-type: expected one of",
        "--norm-clip 0 | --norm-clip 0.0: expected a finite number above 0",
        "--norm-clip 1e-60 | --norm-clip 1.0E-60: expected a finite number above 0 in float32",
        "--norm-clip 1e60 | --norm-clip 1.0E60: expected a finite number above 0 in float32",
        "--norm-clip NaN | --norm-clip NaN: expected a finite number above 0",
        "--seconds 0 | --seconds 0.0: expected a finite number above 0",
        "--seconds -1 | --seconds -1.0: expected a finite number above 0",
        "--seconds x | 'x' is not a number",
        "--threads 0 | --threads 0: expected a whole number from 1 to 1024",
        "--threads 1025 | --threads 1025: expected a whole number from 1 to 1024",
        "--threads 2147483647 | --threads 2147483647: expected a whole number from 1 to 1024",
        "--threads 2147483648 | '2147483648' is not a whole number up to 2147483647",
        "--threads x | 'x' is not a whole number",
        "--backend abacus | unknown backend \"abacus\": expected auto, cpu, cuda, opencl",
        "--backend cpu:7 | device \"7\"",
      })
  void badInputIsOneLineAndWritesNothing(String options, String complaint) {
    Path out = directory.resolve("out");
    List<String> arguments = new ArrayList<>(List.of("bench", "--out", out.toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    if (!options.contains("--backend")) {
      arguments.addAll(List.of("--backend", "cpu"));
    }
    Run run = Run.of(arguments.toArray(String[]::new));
    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("rootmean bench: "), run.err());
    assertTrue(run.err().contains(complaint), run.err());
    assertFalse(Files.exists(out));
  }

  /** The command line cannot ask the backend, which it finds only when it runs. */
  @Test
  void theMostThreadsAreThoseOfTheBackend() {
    System.setProperty("rootmean.cpu.threads", "0");
    try {
      String refused =
          assertThrows(BackendException.class, () -> Backends.open("cpu").close()).getMessage();
      assertEquals(expectation(refused), expectation(run("--threads 0").err()));
      String most = expectation(refused).replaceFirst(".* to ", "");
      String help = Run.of("bench", "--help").out();
      assertTrue(help.contains("Threads of the backend cpu, at most " + most + " "), help);
    } finally {
      System.clearProperty("rootmean.cpu.threads");
    }
  }

  private static String expectation(String message) {
    return message.replaceFirst(".*: expected ", "").strip();
  }
}
