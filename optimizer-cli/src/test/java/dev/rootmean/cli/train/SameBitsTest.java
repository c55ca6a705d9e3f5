package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.cli.RootmeanOnTheEmulator;
import dev.rootmean.cli.Run;
import dev.rootmean.contract.RequiredBackends;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole training gives the same bits whatever computes its steps. */
class SameBitsTest {
  static List<String> rules() {
    return List.of(
        "",
        "--momentum 0.9 --nesterov --preset pytorch --weight-decay 0.01",
        "--centered --decay 0.95",
        "--momentum 0.8 --centered --preset keras --weight-decay 0.01");
  }

  @ParameterizedTest
  @MethodSource("rules")
  void onOpenClAndOnTheCpu(String options) throws Exception {
    RequiredBackends.open("opencl", "Portable").close();
    assertSame("opencl", train("cpu", options), train("opencl:Portable", options));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void onCudaAndOnTheCpu(String options) throws Exception {
    JsonNode onCuda = RootmeanOnTheEmulator.json(arguments("cuda", options));
    assertSame("cuda", train("cpu", options), onCuda);
  }

  private static void assertSame(String backend, JsonNode expected, JsonNode actual) {
    assertEquals(backend, actual.get("backend").asText());
    assertEquals(expected.get("parametersSha256"), actual.get("parametersSha256"));
    assertEquals(expected.get("finalLoss"), actual.get("finalLoss"));
  }

  private static JsonNode train(String backend, String options) throws Exception {
    Run run = Run.of(arguments(backend, options));
    assertEquals(0, run.status(), run.err());
    return new ObjectMapper().readTree(run.out());
  }

  private static String[] arguments(String backend, String options) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--json", "--epochs", "3", "--backend", backend));
    if (!options.isEmpty()) {
      arguments.addAll(List.of(options.split(" ", -1)));
    }
    return arguments.toArray(String[]::new);
  }
}
