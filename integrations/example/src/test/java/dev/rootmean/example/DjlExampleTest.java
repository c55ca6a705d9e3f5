package dev.rootmean.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.contract.RequiredBackends;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    RequiredBackends.open("opencl", "Portable").close();
    JsonNode openCl =
        Run.of(new DjlExample(), "--backend opencl:Portable --epochs 2 --json").json();
    assertEquals("opencl", openCl.get("backend").asText());
    for (String field : List.of("parametersSha256", "finalLoss", "testAccuracy")) {
      assertEquals(cpu.get(field), openCl.get(field), field);
    }
  }

  @Test
  void withoutJsonTheSameIsForReaders() throws Exception {
    String one =
        Run.of(new DjlExample(), "--backend cpu --epochs 1 --json --seed 1")
            .json()
            .get("parametersSha256")
            .asText();
    Run other = Run.of(new DjlExample(), "--backend cpu --epochs 1 --seed 2");
    assertEquals(0, other.status(), other.err());
    Matcher shown =
        Pattern.compile("backend +cpu\\R.*parametersSha256 +([0-9a-f]{64})\\R", Pattern.DOTALL)
            .matcher(other.out());
    assertTrue(shown.matches(), other.out());
    assertNotEquals(one, shown.group(1), "another seed");
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
