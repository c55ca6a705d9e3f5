package dev.rootmean.cli;

import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Shows on stderr what is logged, as a command line's user reads it: a record is one line. SLF4J
 * hands the library's records to java.util.logging, where those of the bindings go by themselves.
 */
final class LogLines extends Formatter {
  private LogLines() {}

  static void toStandardError() {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      handler.setFormatter(new LogLines());
    }
  }

  @Override
  public String format(LogRecord logged) {
    boolean warning = logged.getLevel().intValue() >= Level.WARNING.intValue();
    String thrown = logged.getThrown() == null ? "" : ": " + logged.getThrown();
    String text = (warning ? logged.getLevel() + ": " : "") + formatMessage(logged) + thrown;
    String line = text.strip().replaceAll("\\s*\\R\\s*", "; ");
    return PlainOutput.oneLine(line) + System.lineSeparator(); // drivers' names are in it
  }
}
