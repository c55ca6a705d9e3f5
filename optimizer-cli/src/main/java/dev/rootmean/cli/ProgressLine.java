package dev.rootmean.cli;

import java.io.PrintStream;

/** A line on stderr that changes as a command gets on, where there is someone to watch it. */
final class ProgressLine implements AutoCloseable {
  private final PrintStream terminal;
  private final boolean watched;
  private int width;

  /**
   * Begins with nothing to be seen.
   *
   * @param terminal what to print to, if it is one
   * @param watched whether it is one
   */
  ProgressLine(PrintStream terminal, boolean watched) {
    this.terminal = terminal;
    this.watched = watched;
  }

  @SuppressWarnings("SystemConsoleNull") // Rootmean sets jdk.console so that it is null
  static ProgressLine onStandardError() {
    return new ProgressLine(System.err, System.console() != null);
  }

  boolean watched() {
    return watched;
  }

  void show(String text) {
    if (watched) {
      terminal.print("\r" + text + " ".repeat(Math.max(0, width - text.length())));
      terminal.flush();
      width = text.length();
    }
  }

  /** Clears the line, for what is printed next. */
  @Override
  public void close() {
    if (width > 0) {
      show("");
      terminal.print("\r");
      terminal.flush();
    }
  }
}
