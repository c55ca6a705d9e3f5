package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import org.junit.jupiter.api.Test;

class PlainOutputTest {
  @Test
  void controlCharactersAreShown() {
    StringWriter to = new StringWriter();
    PrintWriter out = new PlainOutput(to).printer();
    out.print("a\u001b[2J\u0007\u007f\u009bz ü ∇\t|");
    out.print('\b');
    out.print(new char[] {'\0', '1'});
    out.println();
    out.println("the next line");
    String ends = System.lineSeparator();
    assertEquals(
        "a\\u001b[2J\\u0007\\u007f\\u009bz ü ∇\t|\\u0008\\u00001" + ends + "the next line" + ends,
        to.toString());
  }

  @Test
  void aTextOfOneLineStaysInIt() {
    assertEquals("a\\u000ab\\u000d\\u0009c", PlainOutput.oneLine("a\nb\r\tc"));
  }

  @Test
  void theFirstFailureIsKept() {
    IOException first = new IOException("full");
    PlainOutput output =
        new PlainOutput(
            new Writer() {
              private boolean failed;

              @Override
              public void write(char[] text, int offset, int length) throws IOException {
                IOException thrown = failed ? new IOException("later") : first;
                failed = true;
                throw thrown;
              }

              @Override
              public void flush() {}

              @Override
              public void close() {}
            });
    assertTrue(output.failure().isEmpty());
    output.printer().println("lost");
    output.printer().println("lost too");
    assertSame(first, output.failure().orElseThrow());
  }
}
