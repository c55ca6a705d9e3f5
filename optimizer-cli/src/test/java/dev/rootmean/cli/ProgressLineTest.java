package dev.rootmean.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  @Test
  void aShorterTextCoversALongerOne() {
    ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    ProgressLine line = new ProgressLine(new PrintStream(terminal, true, UTF_8), true);
    line.show("longer");
    line.show("short");
    assertEquals("\rlonger\rshort ", terminal.toString(UTF_8));
  }
}
