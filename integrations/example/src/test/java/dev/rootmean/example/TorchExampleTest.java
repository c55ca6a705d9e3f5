package dev.rootmean.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rootmean.contract.RequiredBackends;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A whole training in libtorch. */
class TorchExampleTest {
  @Test
  void everyBackendEndsWithTheSameParametersAndLibtorchsLoss() throws Exception {
    JsonNode cpu = Run.of(new TorchExample(), "--backend cpu --epochs 1 --json").json();
    assertEquals(cpu.get("frameworkFinalLoss").asDouble(), cpu.get("finalLoss").asDouble(), 1e-5);
    assertTrue(cpu.get("testAccuracy").asDouble() > 0.5, cpu.toString());
    RequiredBackends.open("opencl", "Portable").close();
    JsonNode openCl =
        Run.of(new TorchExample(), "--backend opencl:Portable --epochs 1 --json").json();
    for (String field : List.of("parametersSha256", "finalLoss", "testAccuracy")) {
      assertEquals(cpu.get(field), openCl.get(field), field);
    }
  }
}
