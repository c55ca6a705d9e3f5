package dev.rootmean.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.cli.Program;
import java.io.PrintWriter;
import java.io.StringWriter;

/** What an example did. */
record Run(int status, String out, String err) {
  static Run of(ExampleCommand example, String arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Program.commandLine(example)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments.split(" "));
    return new Run(status, out.toString(), err.toString());
  }

  JsonNode json() throws Exception {
    assertEquals(0, status, err);
    assertEquals(1, out.lines().count(), out);
    return new ObjectMapper().readTree(out);
  }
}
