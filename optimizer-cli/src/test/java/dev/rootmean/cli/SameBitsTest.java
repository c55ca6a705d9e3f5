package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole training gives the same bits whatever computes its steps. */
class SameBitsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--momentum 0.9 --nesterov --preset pytorch --weight-decay 0.01",
        "--centered --decay 0.95",
        "--momentum 0.8 --centered --preset keras --weight-decay 0.01"
      })
  void onOpenClAndOnTheCpu(String options) throws Exception {
    requireOpenClOnTheProcessor();
    JsonNode expected = train("cpu", options);
    JsonNode actual = train("opencl:Portable", options);
    assertEquals("opencl", actual.get("backend").asText());
    assertEquals(expected.get("parametersSha256"), actual.get("parametersSha256"));
    assertEquals(expected.get("finalLoss"), actual.get("finalLoss"));
  }

  static void requireOpenClOnTheProcessor() {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("opencl")) {
        RequiredBackends.open(provider, "Portable").close();
        return;
      }
    }
    throw new AssertionError("backend-opencl is not on the class path");
  }

  private static JsonNode train(String backend, String options) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--json", "--epochs", "3", "--backend", backend));
    if (!options.isEmpty()) {
      arguments.addAll(List.of(options.split(" ", -1)));
    }
    Run run = Run.of(arguments.toArray(String[]::new));
    assertEquals(0, run.status(), run.err());
    return new ObjectMapper().readTree(run.out());
  }
}
