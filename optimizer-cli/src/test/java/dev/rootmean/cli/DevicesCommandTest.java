package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class DevicesCommandTest {
  @Test
  void theTableNamesTheCpu() {
    Run run = Run.of("devices");
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    assertTrue(run.out().contains("cpu"), run.out());
  }

  @Test
  void jsonStandsAlone() throws Exception {
    Run run = Run.of("devices", "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals(1, run.out().lines().count());
    for (JsonNode device : new ObjectMapper().readTree(run.out()).get("devices")) {
      if (device.get("selector").asText().equals("cpu")) {
        assertTrue(device.get("available").asBoolean());
        assertTrue(device.get("exact").asBoolean());
        assertTrue(device.get("totalMemoryBytes").asLong() > 0);
        return;
      }
    }
    throw new AssertionError("no cpu in " + run.out());
  }

  @Test
  void verboseIsForABugReport() throws Exception {
    Run run = Run.of("devices", "--verbose");
    assertEquals(0, run.status(), run.err());
    for (String part :
        new String[] {
          "* ", "* is what", "system", "  java ", "  rootmean ", "cpu", "cuda", "opencl"
        }) {
      assertTrue(run.out().lines().anyMatch(line -> line.startsWith(part)), run.out());
    }
    JsonNode json = new ObjectMapper().readTree(Run.of("devices", "--verbose", "--json").out());
    assertTrue(json.get("devices").size() > 0);
    String java = json.get("details").get("system").get("java").asText();
    assertTrue(java.startsWith(Runtime.version().toString()), java);
    assertTrue(run.out().contains(java), run.out());
  }
}
