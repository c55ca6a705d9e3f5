package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringWriter;

/** What a command line did: exit status, stdout and stderr. */
public record Run(int status, String out, String err) {
  public static Run of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Program.run(Rootmean.commandLine(), new PlainOutput(out), new PlainOutput(err), arguments);
    return new Run(status, out.toString(), err.toString());
  }

  /** What it printed, where it went well and that is all. */
  public JsonNode json() throws JsonProcessingException {
    assertEquals(0, status, err);
    assertEquals("", err);
    assertEquals(1, out.lines().count(), out);
    return new ObjectMapper().readTree(out);
  }
}
