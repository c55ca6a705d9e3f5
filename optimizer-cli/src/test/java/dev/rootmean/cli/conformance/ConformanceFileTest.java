package dev.rootmean.cli.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.cli.Run;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input: one line that says file, case and key; exit status 2; nothing on stdout. */
class ConformanceFileTest {
  private static final String GOOD =
      """
      {"format": "rmsprop-conformance-1", "cases": [{
        "id": "one", "source": "Mine",
        "rule": {"learningRate": 0.5, "decay": 0.5, "epsilon": 0, "epsilonPlacement": "INSIDE_SQRT",
                 "momentum": 0, "momentumForm": "LR_OUTSIDE", "nesterov": false,
                 "centered": false, "weightDecay": 0, "weightDecayMode": "L2",
                 "initialSquareAverage": 23, "maximize": false},
        "dataType": "FLOAT32",
        "learningRates": [0.5, 0.5],
        "params": [10],
        "gradients": [[3], [4]],
        "expected": [{"step": 1, "params": [9.625], "squareAverage": [16]}],
        "rtol": 0, "atol": 0}]}
      """;

  @TempDir Path directory;

  private void assertRefused(String text, String complaint) throws Exception {
    Path file = Files.writeString(directory.resolve("cases.json"), text);
    Run run = Run.of("conformance", "--cases", file.toString());
    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("rootmean conformance: " + file), run.err());
    assertTrue(run.err().contains(complaint), () -> run.err() + "expected " + complaint);
    for (String word : List.of("Feature", "Constraints", "Source", "`", "java", "Exception")) {
      assertFalse(run.err().contains(word), run.err());
    }
  }

  @Test
  void theGoodOneIsGood() throws Exception {
    Path file = Files.writeString(directory.resolve("cases.json"), GOOD);
    assertEquals(0, Run.of("conformance", "--backend", "cpu", "--cases", file.toString()).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id",
        "source",
        "rule",
        "rule.learningRate",
        "rule.decay",
        "rule.epsilon",
        "rule.epsilonPlacement",
        "rule.momentum",
        "rule.momentumForm",
        "rule.nesterov",
        "rule.centered",
        "rule.weightDecay",
        "rule.weightDecayMode",
        "rule.initialSquareAverage",
        "rule.maximize",
        "dataType",
        "params",
        "gradients",
        "expected",
        "expected[0].step",
        "rtol",
        "atol"
      })
  void aMissingKeyIsNamed(String key) throws Exception {
    JsonNode file = new ObjectMapper().readTree(GOOD);
    JsonNode object = file.at("/cases/0");
    String last = key;
    int dot = key.indexOf('.');
    if (dot >= 0) {
      object = object.at("/" + key.substring(0, dot).replace("[0]", "/0"));
      last = key.substring(dot + 1);
    }
    ((ObjectNode) object).remove(last);
    String name = key.equals("id") ? "1" : "one";
    assertRefused(file.toString(), ": case " + name + ": " + key + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rmsprop-conformance-1 | mine | : format \"mine\": expected rmsprop-conformance-1",
        "\"format\": | \"fromat\": | : fromat is unknown: expected format, cases",
        "\"atol\": 0 | \"tola\": 0 | : case one: tola is unknown: expected id, source, rule",
        "\"step\": 1, | \"step\": 1, \"p\": 1, | : case one: expected[0].p is unknown: expected step",
        "\"nesterov\" | \"nestrov\" | : case one: rule.nestrov is unknown: expected learningRate",
        "\"one\" | 1 | : case 1: id 1: expected a text",
        "\"one\" | \" \" | : case 1: id \" \": expected a text",
        "FLOAT32 | FLOAT8 | : case one: dataType \"FLOAT8\": expected FLOAT32, FLOAT64, FLOAT16",
        "INSIDE_SQRT | INSIDE | : case one: rule.epsilonPlacement \"INSIDE\": expected INSIDE_SQRT,",
        "LR_OUTSIDE | OUTSIDE | : case one: rule.momentumForm \"OUTSIDE\": expected LR_OUTSIDE,",
        "\"L2\" | 2 | : case one: rule.weightDecayMode 2: expected L2, DECOUPLED",
        "\"nesterov\": false | \"nesterov\": 0 | : case one: rule.nesterov 0: expected true or false",
        "\"decay\": 0.5 | \"decay\": 1.5 | : case one: rule.decay 1.5: expected a number from 0 to 1",
        "\"decay\": 0.5 | \"decay\": 1e400 | : case one: rule.decay 1e400: expected a number",
        "[10] | [-1.50e400] | : case one: params[0] -1.50e400: expected a number from -3.40",
        "\"decay\": 0.5 | \"decay\": \"NaN\" | : case one: rule.decay \"NaN\": expected a number",
        "\"epsilon\": 0 | \"epsilon\": -1 | : case one: rule.epsilon -1.0: expected a number from 0",
        "\"epsilon\": 0 | \"epsilon\": 1e-46 | : case one: rule.epsilon 1.0E-46 is 0 in FLOAT32: expected",
        "\"rtol\": 0 | \"rtol\": -1 | : case one: rtol -1.0: expected at least 0",
        "\"rtol\": 0 | \"rtol\": \"0\" | : case one: rtol \"0\": expected a number",
        "\"step\": 1 | \"step\": 0 | : case one: expected[0].step 0: expected a whole number from 1",
        "\"step\": 1 | \"step\": 3 | : case one: expected[0].step 3: expected a whole number from 1",
        "\"step\": 1 | \"step\": 1.5 | : case one: expected[0].step 1.5: expected a whole number",
        ", \"params\": [9.625], \"squareAverage\": [16] | '' | expected[0].step 1 has nothing: expected",
        "[10] | [10, 11] | : case one: gradients[0] has length 1: expected 2, as params",
        "[4] | [4, 5] | : case one: gradients[1] has length 2: expected 1, as params",
        "[16] | [] | : case one: expected[0].squareAverage has length 0: expected 1, as params",
        "[0.5, 0.5] | [0.5] | : case one: learningRates has length 1: expected 2, one for each of",
        "[0.5, 0.5] | [0.5, -1] | : case one: learningRates[1]: learningRate -1.0: expected a number",
        "[0.5, 0.5] | [0.5, \"NaN\"] | : case one: learningRates[1]: learningRate NaN: expected a",
        "[10] | [] | : case one: params []: expected a list that is not empty",
        "[[3], [4]] | [] | : case one: gradients []: expected a list that is not empty",
        "[[3], [4]] | [3, 4] | : case one: gradients[0] 3: expected a list of numbers",
        "[10] | [null] | : case one: params[0] null: expected a number, \"NaN\", \"Infinity\"",
        "[10] | [\"nan\"] | : case one: params[0] \"nan\": expected a number, \"NaN\", \"Infinity\"",
        "[10] | [1e39] | : case one: params[0] 1e39: expected a number from -3.4028234663852886E38",
        "[9.625] | [1e39] | : case one: expected[0].params[0] 1e39: expected a number from -3.40282",
        "\"params\": [10] | \"params\": [10], \"initialMomentum\": [0] | : case one: initialMomentum: the rule has none",
        "\"squareAverage\" | \"gradAvg\" | : case one: expected[0].gradAvg: the rule has none",
        "\"rtol\": 0 | \"rtol\": 0, \"rtol\": 1 | is not JSON: line 12, column 20: Duplicate field 'rtol'",
        "]}] | ]} | is not JSON: line",
      })
  void whatIsWrongIsNamed(String from, String to, String complaint) throws Exception {
    assertTrue(GOOD.contains(from), from);
    assertRefused(GOOD.replace(from, to), complaint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | is not JSON: line 1, column 1: it is empty",
        "hello | is not JSON: line 1, column 6: Unrecognized token 'hello'",
        "[] | : []: expected an object",
        "{} | : format is missing",
        "{\"format\": \"rmsprop-conformance-1\"} | : cases is missing",
        "{\"format\": \"rmsprop-conformance-1\", \"cases\": []} | : cases []: expected a list",
        "{\"format\": \"rmsprop-conformance-1\", \"cases\": [1]} | : cases[0] 1: expected an object",
        "{\"format\": \"rmsprop-conformance-1\", \"cases\": [{\"id\": \"x\", \"dataType\": \"FLOAT32\", \"rule\": 1}]} | : case x: rule 1: expected an object",
        "[NaN] | is not JSON: line 1, column 5: bare NaN: write \"NaN\" in quotes",
        "[-1.5e-8856668962132168613956679] | a number has an exponent of too many digits",
        "[-Infinity] | is not JSON: line 1, column 11: bare -Infinity: write \"-Infinity\" in quotes",
        "[1] // | is not JSON: line 1, column 6: Unexpected character ('/' (code 47)): maybe a",
        "[[1] | is not JSON: line 1, column 5: Unexpected end-of-input: expected close marker for Array, begun at line 1, column 1",
        "{} {} | is not JSON: line 1, column 5: expected its end before this",
      })
  void whatIsNoFileOfCasesIsRefused(String text, String complaint) throws Exception {
    assertRefused(text, complaint);
  }

  @Test
  void whatIsTooDeepOrTooLongIsRefused() throws Exception {
    assertRefused(
        "[".repeat(5_000), "Document nesting depth (1001) exceeds the maximum allowed (1000)");
    assertRefused(
        "[" + "1".repeat(5_000) + "]",
        "Number value length (5000) exceeds the maximum allowed (1000)");
  }

  @Test
  void everyIdIsTakenOnce() throws Exception {
    ObjectNode cases = (ObjectNode) new ObjectMapper().readTree(GOOD);
    cases.withArray("cases").add(cases.at("/cases/0"));
    assertRefused(
        cases.toString(),
        "cases.json: case 2: id one is that of "
            + directory.resolve("cases.json")
            + ": case 1: expected another");
    Path file = Files.writeString(directory.resolve("cases.json"), GOOD);
    Path same = Files.writeString(directory.resolve("same.json"), GOOD);
    Run run = Run.of("conformance", "--cases", file.toString(), same.toString());
    assertEquals(2, run.status());
    assertTrue(
        run.err().contains(same + ": case 1: id one is that of " + file + ": case 1"), run.err());
  }

  @Test
  void aFileMayBeCompressedWhateverItsName() throws Exception {
    Path file = directory.resolve("cases.json");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(GOOD.getBytes(UTF_8));
    }
    assertEquals(0, Run.of("conformance", "--backend", "cpu", "--cases", file.toString()).status());
  }

  @Test
  void standardInputIsAFileToo() {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(GOOD.getBytes(UTF_8)));
      assertEquals(0, Run.of("conformance", "--backend", "cpu", "--cases", "-").status());
      System.setIn(new ByteArrayInputStream("[".getBytes(UTF_8)));
      Run run = Run.of("conformance", "--backend", "cpu", "--cases", "-");
      assertTrue(
          run.err().startsWith("rootmean conformance: standard input is not JSON: "), run.err());
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void whatCannotBeReadIsRefused() {
    for (String file : new String[] {"no/such/file.json", directory.toString()}) {
      Run run = Run.of("conformance", "--cases", file);
      assertEquals(2, run.status());
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(
          run.err().startsWith("rootmean conformance: " + file + " cannot be read: "), run.err());
    }
  }
}
