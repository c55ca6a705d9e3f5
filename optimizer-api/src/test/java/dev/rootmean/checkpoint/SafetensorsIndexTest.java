package dev.rootmean.checkpoint;

import static dev.rootmean.checkpoint.SafetensorsText.bytes;
import static dev.rootmean.checkpoint.SafetensorsText.file;
import static dev.rootmean.checkpoint.SafetensorsText.one;
import static dev.rootmean.checkpoint.SafetensorsText.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Indexes of several files: each tensor where the index says, and nowhere else. */
final class SafetensorsIndexTest {
  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> indexesAreToldInOneLine() throws IOException {
    file(folder, "a.safetensors", one("U8", "[8]", "[0,8]"));
    file(folder, "b.safetensors", one("U8", "[8]", "[0,8]"));
    file(
        folder,
        "c.safetensors",
        bytes("{\"__metadata__\":{\"k\":\"1\"}," + tensor("y", "U8", "[0]", "[0,0]") + "}"));
    file(
        folder,
        "d.safetensors",
        bytes("{\"__metadata__\":{\"k\":\"2\"}," + tensor("z", "U8", "[0]", "[0,0]") + "}"));
    Map<String, String> maps = new LinkedHashMap<>();
    maps.put("names no tensor", "{}");
    maps.put("there is 'x'", "{\"weight_map\":{\"x\":\"a.safetensors\"}}x");
    maps.put("the end: expected", "{\"weight_map\":{\"x\":\"a.safetensors\"}");
    maps.put("a second \"weight_map\"", "{\"weight_map\":{},\"weight_map\":{}}");
    maps.put("values nested deeper", "{\"metadata\":" + "[".repeat(100_000) + "}");
    maps.put("expected a value", "{\"metadata\":[NaN]}");
    maps.put("there is 'r': expected true", "{\"metadata\":trrue}");
    maps.put("there is '}': expected a value", "{\"metadata\":1.}");
    for (String name :
        new String[] {"", ".", "..", "../x", "/etc/passwd", "a\\\\b", "c:x", "\\n"}) {
      maps.put(
          "the file name \"" + name.replace("\\\\", "\\").replace("\\n", "\\u{a}"), index(name));
    }
    maps.put("the file name \"\\u{9b}2J\\u{202e}\\u{7f}\"", index("\\u009b2J\\u202e\\u007f"));
    maps.put("the file name \"aaa", index("a".repeat(256)));
    maps.put("\"q\" is not in", "{\"weight_map\":{\"q\":\"a.safetensors\"}}");
    maps.put(
        "is in two files", "{\"weight_map\":{\"x\":\"a.safetensors\",\"q\":\"b.safetensors\"}}");
    maps.put(
        "\"y\" is not in " + folder.resolve("a.safetensors"),
        "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"a.safetensors\",\"z\":\"c.safetensors\"}}");
    maps.put(
        "\"y\" is not in " + folder.resolve("a.safetensors") + ": expected it there",
        "{\"weight_map\":{\"y\":\"a.safetensors\",\"x\":\"c.safetensors\"}}");
    maps.put(
        "says of \"k\" what other files",
        "{\"weight_map\":{\"y\":\"c.safetensors\",\"z\":\"d.safetensors\"}}");
    file(
        folder,
        "e.safetensors",
        bytes(
            "{"
                + tensor("x", "U8", "[0]", "[0,0]")
                + ","
                + tensor("y", "U8", "[0]", "[0,0]")
                + "}"));
    maps.put("\"y\" is not in the index", "{\"weight_map\":{\"x\":\"e.safetensors\"}}");
    return maps.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      Path index = folder.resolve("m.safetensors.index.json");
                      Files.writeString(index, entry.getValue(), StandardCharsets.UTF_8);
                      CheckpointException told =
                          assertThrows(
                              CheckpointException.class, () -> SafetensorsReader.open(index));
                      assertTrue(told.getMessage().contains(entry.getKey()), told.getMessage());
                      assertEquals(1, told.getMessage().lines().count());
                    }));
  }

  private static String index(String file) {
    return "{\"weight_map\":{\"x\":\"" + file + "\"}}";
  }

  @Test
  void whatAnIndexMaySay() throws IOException {
    file(folder, "a.safetensors", one("U8", "[8]", "[0,8]"));
    Path index = folder.resolve("m.safetensors.index.json");
    Files.writeString(
        index,
        """
         {"metadata":{"total_size":-1.5e+3,"other":2E3,"a":[true,false,null,"\\u0041",{}]},
        "weight_map":{"x":"a.safetensors"}}
        """,
        StandardCharsets.UTF_8);
    try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve("m.safetensors"))) {
      assertEquals("U8[8]", reader.tensors().get("x").toString());
    }
  }

  @Test
  void anIndexThatNobodyReadsThroughIsRefused() throws IOException {
    Path index = folder.resolve("m.safetensors.index.json");
    try (RandomAccessFile sparse = new RandomAccessFile(index.toFile(), "rw")) {
      sparse.setLength(100_000_001); // without any data
    }
    CheckpointException told =
        assertThrows(CheckpointException.class, () -> SafetensorsReader.open(index));
    assertEquals(index + " has 100000001 bytes: expected at most 100000000", told.getMessage());
  }
}
