package dev.rootmean.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole training in DJL. */
class DjlExampleTest {
  @Test
  void everyBackendEndsWithTheSameParametersAndTheFormulasLoss() throws Exception {
    JsonNode cpu = Run.of(new DjlExample(), "--backend cpu --epochs 2 --json").json();
    assertEquals(cpu.get("frameworkFinalLoss").asDouble(), cpu.get("finalLoss").asDouble(), 1e-5);
    assertTrue(cpu.get("testAccuracy").asDouble() > 0.85, cpu.toString());
    OpenClOnTheProcessor.require();
    JsonNode openCl =
        Run.of(new DjlExample(), "--backend opencl:Portable --epochs 2 --json").json();
    assertEquals("opencl", openCl.get("backend").asText());
    for (String field : List.of("parametersSha256", "finalLoss", "testAccuracy")) {
      assertEquals(cpu.get(field), openCl.get(field), field);
    }
  }

  @Test
  void theSeedDecides() throws Exception {
    String one =
        Run.of(new DjlExample(), "--backend cpu --epochs 1 --json --seed 1")
            .json()
            .get("parametersSha256")
            .asText();
    assertNotEquals(
        one,
        Run.of(new DjlExample(), "--backend cpu --epochs 1 --json --seed 2")
            .json()
            .get("parametersSha256")
            .asText());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--epochs 0 | --epochs 0: expected at least 1",
        "--epochs many | Invalid value for option '--epochs': 'many' is not a whole number",
        "--backend nix | unknown backend \"nix\": expected auto, cpu",
        "--wrong | Unknown option: '--wrong'"
      })
  void badInputIsToldInOneLine(String arguments, String message) {
    Run run = Run.of(new DjlExample(), arguments);
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("integrations/djl/example: " + message), run.err());
  }
}
