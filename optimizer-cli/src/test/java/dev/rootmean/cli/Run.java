package dev.rootmean.cli;

import java.io.StringWriter;

/** What a command line did: exit status, stdout and stderr. */
record Run(int status, String out, String err) {
  static Run of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Rootmean.run(new PlainOutput(out), new PlainOutput(err), arguments);
    return new Run(status, out.toString(), err.toString());
  }
}
