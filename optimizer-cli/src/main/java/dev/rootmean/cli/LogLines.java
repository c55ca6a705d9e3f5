package dev.rootmean.cli;

import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Shows on stderr what the library logs: the message alone, as a command line's user reads it. */
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
    return (warning ? logged.getLevel() + ": " : "")
        + formatMessage(logged)
        + System.lineSeparator();
  }
}
