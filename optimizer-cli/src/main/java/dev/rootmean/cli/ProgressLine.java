package dev.rootmean.cli;

import java.io.PrintStream;

/** A line on stderr that changes as a command gets on, where there is someone to watch it. */
public final class ProgressLine implements AutoCloseable {
  private final PrintStream terminal;
  private final boolean watched;
  private int width;

  /**
   * Begins with nothing to be seen.
   *
   * @param terminal what to print to, if it is one
   * @param watched whether it is one
   */
  public ProgressLine(PrintStream terminal, boolean watched) {
    this.terminal = terminal;
    this.watched = watched;
  }

  /**
   * One on standard error, watched if that is a terminal.
   *
   * @return with nothing to be seen yet
   */
  @SuppressWarnings("SystemConsoleNull") // Rootmean sets jdk.console so that it is null
  public static ProgressLine onStandardError() {
    return new ProgressLine(System.err, System.console() != null);
  }

  /**
   * Whether there is someone to watch it.
   *
   * @return false if nothing is ever shown
   */
  public boolean watched() {
    return watched;
  }

  /**
   * Shows a text in place of the last one.
   *
   * @param text shorter than the terminal is wide
   */
  public void show(String text) {
    if (watched) {
      terminal.print("\r" + text + " ".repeat(Math.max(0, width - text.length())));
      terminal.flush();
      width = text.length();
    }
  }

  /** Clears the line when there is no more to show. */
  @Override
  public void close() {
    clear();
  }

  /** Clears the line, for what is printed next. */
  public void clear() {
    if (width > 0) {
      show("");
      terminal.print("\r");
      terminal.flush();
    }
  }
}
