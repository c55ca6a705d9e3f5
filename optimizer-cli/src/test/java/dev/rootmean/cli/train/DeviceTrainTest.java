package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.cli.Rootmean;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train --gradients device}. */
class DeviceTrainTest {
  private static final List<String> DEVICE =
      List.of("train", "--gradients", "device", "--backend", "opencl:Portable", "--json");

  /** A training that takes a moment. */
  private static final String SMALL = "--hidden 8 --epochs 2 --batch 700";

  @TempDir Path directory;

  @BeforeAll
  static void pocl() {
    RequiredBackends.open("opencl", "Portable").close();
  }

  private static String[] arguments(String options) {
    return Stream.concat(DEVICE.stream(), Stream.of(options.split(" ", -1))).toArray(String[]::new);
  }

  private static JsonNode train(String options) throws Exception {
    return Run.of(arguments(options)).json();
  }

  private static ChildJvm child() {
    return ChildJvm.of(Rootmean.class);
  }

  @Test
  void theDefaultsLearnTheDigitsToTheSameBitsEachTime() throws Exception {
    JsonNode json = train("--seed 0");
    assertTrue(json.get("testAccuracy").asDouble() >= 0.96, json.toString());
    assertEquals("device", json.get("gradients").asText());
    assertEquals(17_226, json.get("parameters").asInt());
    assertEquals(20 * 45, json.get("steps").asInt());
    assertEquals(json.get("parametersSha256"), train("--seed 0").get("parametersSha256"));
    assertNotEquals(json.get("parametersSha256"), train("--seed 1").get("parametersSha256"));
  }

  @Test
  void theOptionsReachTheDevice() throws Exception {
    List<JsonNode> hashes = new ArrayList<>();
    for (String options :
        List.of(
            "--seed 0",
            "--momentum 0.5 --nesterov",
            "--preset keras --centered --weight-decay 0.1",
            "--schedule cosine")) {
      hashes.add(train(SMALL + " " + options).get("parametersSha256"));
    }
    assertEquals(hashes.size(), hashes.stream().distinct().count(), hashes.toString());
  }

  /**
   * PoCL itself tells what went over: first the backend's trials and a batch that has all compiled,
   * then the first parameters, and from there on batches and single numbers, until the end.
   */
  @Test
  void parametersAndGradientsNeverLeaveTheDevice() throws Exception {
    Path trace = directory.resolve("trace");
    ChildJvm.Outcome outcome =
        child()
            .temporaryFolder(directory)
            .environment("POCL_TRACING", "text")
            .environment("POCL_TRACING_OPT", trace)
            .run(arguments(SMALL))
            .succeeded();
    String hash = train(SMALL).get("parametersSha256").asText();
    assertTrue(outcome.text().contains(hash), "another process, the same bits");
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(trace), left.toList(), "no library stays behind");
    }
    int parameters = (64 + 1) * 8 + (8 + 1) * 10;
    List<String> expected = new ArrayList<>();
    expected.add("write_buffer " + 4 * parameters);
    for (int epoch = 0; epoch < 2; epoch++) {
      for (int images : new int[] {700, 700, 38, 256, 103}) { // the last two are tests
        expected.add("write_buffer " + 4 * 64 * images);
        expected.add("write_buffer " + 4 * images); // labels
        expected.add("read_buffer 4"); // loss, or how many were right
      }
    }
    expected.add("read_buffer " + 4 * parameters);
    List<String> all = transfers(trace);
    assertEquals(expected, all.subList(all.size() - expected.size(), all.size()));
    long whole = all.stream().filter(one -> one.endsWith(" " + 4 * parameters)).count();
    assertEquals(2, whole, "of parameters or gradients, in the trials neither");
  }

  /** All commands but those that stay on the device. */
  private static List<String> transfers(Path trace) throws IOException {
    Pattern done = Pattern.compile("\\| (\\w+) \\| complete \\|(?:.*size=(\\d+))?");
    return done.matcher(Files.readString(trace))
        .results()
        .filter(command -> !command.group(1).matches("ndrange_kernel|fill_buffer|copy_buffer"))
        .map(command -> command.group(1) + " " + command.group(2))
        .toList();
  }

  @Test
  void thereIsALineWhileTheDevicesCompilerWorks() {
    String options = "train --gradients device --backend opencl:Portable " + SMALL;
    Run run = Run.of(options.split(" ", -1));
    assertEquals(0, run.status(), run.err());
    assertTrue(
        run.err().startsWith("train: compiling for the device, up to half a min"), run.err());
    assertEquals(3, run.err().lines().count(), run.err());
    assertTrue(run.out().contains("gradients       device"), run.out());
  }

  @Test
  void divergenceIsSeenThere() {
    Run run = Run.of(arguments(SMALL + " --learning-rate 1e30"));
    assertEquals(0, run.status(), run.err());
    assertTrue(run.err().startsWith("WARNING: the loss is NaN in epoch 1"), run.err());
  }

  @Test
  void anUnknownDeviceIsOneLine() {
    Run run = Run.of("train", "--gradients", "device", "--backend", "opencl:abacus");
    assertEquals(2, run.status());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("opencl: open: no device \"abacus\": there is "), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jocl-blast | JOCLBlast is not on the class path; add the dependency org.jocl:jocl-blast",
        "jocl | JOCL is not on the class path; add the dependency org.jocl:jocl",
        "backend-opencl | dev/rootmean/opencl/OpenCl is not on the class path; add the dependencies"
            + " dev.rootmean:backend-opencl and org.jocl:jocl-blast",
      })
  void aJarThatIsMissingIsOneLine(String jar, String complaint) {
    ChildJvm.Outcome outcome = child().lacking(jar).run(arguments(SMALL));
    String line = onlyLine(outcome);
    assertTrue(line.startsWith("rootmean train: --gradients device: "), line);
    assertTrue(line.endsWith(complaint), line);
  }

  /** What bad input gets, beside the warnings of later JDKs. */
  private static String onlyLine(ChildJvm.Outcome outcome) {
    assertEquals(2, outcome.status(), outcome.text());
    List<String> lines =
        outcome
            .text()
            .lines()
            .filter(line -> !line.isEmpty() && !line.startsWith("WARNING: "))
            .toList();
    assertEquals(1, lines.size(), outcome.text());
    return lines.get(0);
  }

  @Test
  void withoutClblastTheHostComputesThemAsBefore() {
    String options = "train --json --backend opencl:Portable " + SMALL;
    child().lacking("jocl-blast").run(options.split(" ", -1)).succeeded();
  }

  @Test
  void aFolderThatIsMissingIsOneLine() {
    Path missing = directory.resolve("missing");
    ChildJvm.Outcome outcome = child().temporaryFolder(missing).run(arguments(SMALL));
    assertTrue(onlyLine(outcome).contains(missing.toString()), outcome.text());
  }
}
