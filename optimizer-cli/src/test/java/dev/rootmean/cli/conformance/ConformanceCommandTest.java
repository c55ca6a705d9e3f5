package dev.rootmean.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.RootmeanOnTheEmulator;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.RequiredBackends;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConformanceCommandTest {
  /**
   * The numbers of {@link NonFiniteCases}'s first element with momentum: exact, so no tolerance.
   */
  private static final String RIGHT =
      """
      {"format": "rmsprop-conformance-1", "cases": [{
        "id": "one", "source": "Mine 1.2, worked by hand",
        "rule": {"learningRate": 0.5, "decay": 0.5, "epsilon": 0, "epsilonPlacement": "INSIDE_SQRT",
                 "momentum": 0.5, "momentumForm": "LR_OUTSIDE", "nesterov": false,
                 "centered": false, "weightDecay": 0, "weightDecayMode": "L2",
                 "initialSquareAverage": 23, "maximize": false},
        "dataType": "FLOAT32",
        "params": [10],
        "gradients": [[3], [4]],
        "expected": [{"step": 1, "params": [9.625], "squareAverage": [16], "momentum": [0.75]},
                     {"step": 2, "params": [8.9375]}],
        "rtol": 0, "atol": 0}]}
      """;

  @TempDir Path directory;

  private Path file(String text) throws Exception {
    return Files.writeString(directory.resolve("cases.json"), text);
  }

  private Run run(String text, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("conformance", "--backend", "cpu", "--cases", file(text).toString()));
    arguments.addAll(List.of(options));
    return Run.of(arguments.toArray(String[]::new));
  }

  private JsonNode json(String text, int status) throws Exception {
    Run run = run(text, "--json");
    assertEquals(status, run.status(), run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    return new ObjectMapper().readTree(run.out());
  }

  private static String change(String from, String to) {
    assertTrue(RIGHT.contains(from), from);
    return RIGHT.replace(from, to);
  }

  @Test
  void allThatIsShippedPasses() throws Exception {
    assertAllPass("cpu", "cpu");
  }

  @Test
  void allThatIsShippedPassesOnOpenCl() throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    assertAllPass("opencl", "opencl:Portable");
  }

  @Test
  void allThatIsShippedPassesOnCuda() throws Exception {
    String[] arguments = {"conformance", "--backend", "cuda", "--json"};
    assertAllPass("cuda", RootmeanOnTheEmulator.json(arguments));
  }

  private static void assertAllPass(String name, String backend) throws Exception {
    Run run = Run.of("conformance", "--backend", backend, "--json");
    assertEquals(0, run.status(), run.out());
    assertEquals("", run.err());
    assertAllPass(name, new ObjectMapper().readTree(run.out()));
  }

  private static void assertAllPass(String name, JsonNode json) {
    int all = 127 + 108; // published, and worked out
    assertEquals(name, json.get("backend").asText());
    assertEquals(all, json.get("passed").asInt());
    assertEquals(0, json.get("failed").asInt());
    assertEquals(all, json.get("cases").size());
    assertEquals(all, Set.copyOf(json.get("cases").findValuesAsText("id")).size());
  }

  @Test
  void theTableHasALineForEachProject() {
    Run run = Run.of("conformance", "--backend", "cpu");
    assertEquals(0, run.status());
    List<String> lines = run.out().lines().map(line -> line.replaceAll(" {2,}", "|")).toList();
    assertEquals("backend|cpu", lines.get(0));
    assertEquals("project|passed|failed|not supported|worst error", lines.get(3));
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("PyTorch|8|0|0|0.")), run.out());
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("Keras|18|0|0|0.")), run.out());
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("TensorFlow|4|0|0|")), run.out());
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("Rootmean|108|0|0|")), run.out());
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("all|235|0|0|0.")), run.out());
    assertFalse(run.out().contains("FAILED"), run.out());
  }

  @Test
  void jsonHasTheseKeys() throws Exception {
    assertEquals(
        "{\"backend\":\"cpu\",\"passed\":1,\"failed\":0,"
            + "\"cases\":[{\"id\":\"one\",\"passed\":true,\"worstRatio\":0.0}]}",
        json(RIGHT, 0).toString());
  }

  @Test
  void oneWrongNumberFails() throws Exception {
    String wrong = change("8.9375", "8.875");
    Run run = run(wrong);
    assertEquals(1, run.status());
    assertEquals("", run.err());
    assertTrue(
        run.out().contains("FAILED one: params[0] after step 2 is 8.9375, expected 8.875"),
        run.out());
    JsonNode json = json(wrong, 1);
    assertEquals(1, json.get("failed").asInt());
    assertEquals(0, json.get("passed").asInt());
    assertFalse(json.get("cases").get(0).get("passed").asBoolean());
    assertEquals("Infinity", json.get("cases").get(0).get("worstRatio").asText());
  }

  @Test
  void namesOfOthersNeitherObeyedNorBreakTheLine() throws Exception {
    String wrong =
        change("8.9375", "8.875")
            .replace("\"one\"", "\"\\u001b[31mred\\nFAILED two\"")
            .replace("Mine 1.2", "\\u001b[2J");
    Run run = run(wrong);
    assertTrue(run.out().contains("FAILED \\u001b[31mred\\u000aFAILED two: params"), run.out());
    assertTrue(run.out().contains("\\u001b[2J"), run.out());
    assertFalse(run.out().contains("\u001b"), run.out());
    assertEquals(1, run.out().lines().filter(line -> line.startsWith("FAILED")).count());
    String id = new ObjectMapper().readTree(wrong).at("/cases/0/id").asText();
    assertEquals(id, json(wrong, 1).at("/cases/0/id").asText());
    Run refused = run(wrong.replace("\"dataType\": \"FLOAT32\"", "\"dataType\": \"\u007f\""));
    assertFalse(refused.err().contains("\u001b") || refused.err().contains("\u007f"));
    assertEquals(1, refused.err().lines().count(), refused.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[9.625] | [9.75]",
        "[16] | [16.5]",
        "[0.75] | [0.5]",
        "[9.625] | [\"NaN\"]",
        "[9.625] | [\"Infinity\"]",
        "[[3], [4]] | [[\"NaN\"], [4]]",
        "[[3], [4]] | [[\"-Infinity\"], [4]]",
        "\"params\": [10] | \"params\": [10], \"initialMomentum\": [1]",
        "\"params\": [10] | \"params\": [10], \"initialSquareAverage\": [24]",
        "\"params\": [10] | \"params\": [10], \"learningRates\": [0.5, 0.25]",
        "\"maximize\": false | \"maximize\": true",
      })
  void everyNumberCounts(String from, String to) throws Exception {
    assertEquals(1, json(change(from, to), 1).get("failed").asInt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"params\": [10] | \"params\": [10], \"initialMomentum\": [0]",
        "\"initialSquareAverage\": 23, \"maximize\": false}, | \"initialSquareAverage\": 0,"
            + " \"maximize\": false}, \"initialSquareAverage\": [23],",
        "\"params\": [10] | \"params\": [10], \"learningRates\": [0.5, 0.5]",
        "FLOAT32 | FLOAT64",
      })
  void theSameSaidOtherwisePasses(String from, String to) throws Exception {
    assertEquals(1, json(change(from, to), 0).get("passed").asInt());
  }

  @Test
  void theRatioIsTheErrorByTheTolerance() throws Exception {
    // Off by 0.9375, where 0.25 + 0.0625 * 8 is allowed; and where just that much is.
    String off = RIGHT.replace("8.9375", "8").replace("\"rtol\": 0", "\"rtol\": 0.0625");
    assertEquals(1.25, ratio(off.replace("\"atol\": 0", "\"atol\": 0.25"), 1));
    assertEquals(1, ratio(off.replace("\"atol\": 0", "\"atol\": 0.4375"), 0));
  }

  private double ratio(String text, int status) throws Exception {
    return json(text, status).get("cases").get(0).get("worstRatio").doubleValue();
  }

  @Test
  void anInfinityAgreesOnlyWithItself() throws Exception {
    String infinite =
        change("\"params\": [10]", "\"params\": [10], \"initialSquareAverage\": [\"Infinity\"]")
            .replace("[9.625]", "[10]")
            .replace("[16]", "[\"Infinity\"]")
            .replace("[0.75]", "[0]")
            .replace("[8.9375]", "[10]");
    assertEquals(0, ratio(infinite, 0));
    for (String other : List.of("\"-Infinity\"", "\"NaN\"", "1e30")) {
      json(
          infinite.replace(
              "\"squareAverage\": [\"Infinity\"]", "\"squareAverage\": [" + other + "]"),
          1);
    }
  }

  /** All of its numbers are such of 16 bits. */
  @ParameterizedTest
  @ValueSource(strings = {"FLOAT16", "BFLOAT16"})
  void aCaseIsKeptInItsType(String type) throws Exception {
    json(change("FLOAT32", type), 0);
    String third = change("FLOAT32", type).replace("[9.625]", "[9.62501]");
    json(third, 1);
  }

  @Test
  void aTypeThatTheBackendDoesNotComputeInIsNotSupported() throws Exception {
    BackendInfo singles = new BackendInfo("singles", "a device", 1, true, Set.of(DataType.FLOAT32));
    OptimizerBackend backend =
        (OptimizerBackend)
            Proxy.newProxyInstance(
                ConformanceCommandTest.class.getClassLoader(),
                new Class<?>[] {OptimizerBackend.class},
                (proxy, method, arguments) -> singles);
    Path file = Files.writeString(directory.resolve("doubles.json"), change("FLOAT32", "FLOAT64"));
    List<ConformanceRun.Outcome> outcomes =
        ConformanceFile.read(List.of(file)).stream()
            .map(test -> ConformanceRun.of(test, backend))
            .toList();
    ConformanceReport report = new ConformanceReport(singles, outcomes);
    assertEquals(1, report.notSupported());
    List<String> lines =
        report.toString().lines().map(line -> line.replaceAll(" {2,}", "|")).toList();
    assertTrue(lines.contains("Mine|0|0|1|-"), report::toString);
    assertEquals(
        "{\"backend\":\"singles\",\"passed\":0,\"failed\":0,\"cases\":[]}", report.toJson());
  }

  @Test
  void severalFilesAreRun() throws Exception {
    Path other = Files.writeString(directory.resolve("other.json"), change("\"one\"", "\"two\""));
    Run run = run(RIGHT, other.toString(), "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals(
        List.of("one", "two"), new ObjectMapper().readTree(run.out()).findValuesAsText("id"));
  }
}
