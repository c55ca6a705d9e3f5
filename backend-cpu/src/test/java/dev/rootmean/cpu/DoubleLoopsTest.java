package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** C2 must be given the loops for each type apart, and they must not drift apart. */
class DoubleLoopsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/rootmean/cpu");

  @Test
  void theyAreTheLoopsForFloatsInDouble() throws IOException {
    String floats = body("FloatLoops").replace("(float) ", "").replace("float", "double");
    assertEquals(floats, body("DoubleLoops"));
  }

  /** What is between the class's braces, however its lines are broken. */
  private static String body(String name) throws IOException {
    String source = Files.readString(SOURCES.resolve(name + ".java"));
    String body = source.substring(source.indexOf("implements PageLoops {"));
    return body.replaceAll("\\s*//.*", "").replaceAll("\\s+", " ").replace("( ", "(");
  }
}
