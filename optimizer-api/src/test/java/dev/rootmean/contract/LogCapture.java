package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/**
 * Takes what a class logs, and keeps it off the console. Reads it where slf4j-jdk14 writes it, so
 * that must be SLF4J's provider in the tests.
 */
public final class LogCapture extends Handler {
  private final Logger logger; // kept, or it would be collected with its settings

  private Level least = Level.INFO;

  /** Other threads log too. */
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private LogCapture(Class<?> source) {
    this.logger = Logger.getLogger(source.getName());
  }

  /**
   * Prepares to listen.
   *
   * @param source the class that logs
   * @return not yet started
   */
  public static LogCapture of(Class<?> source) {
    assertEquals(
        "org.slf4j.jul.JDK14LoggerFactory",
        LoggerFactory.getILoggerFactory().getClass().getName(),
        "SLF4J's provider: tests need org.slf4j:slf4j-jdk14, and no other, on the class path");
    return new LogCapture(source);
  }

  /** Listens from here on. */
  public void start() {
    logger.addHandler(this);
    logger.setUseParentHandlers(false);
  }

  /** Has DEBUG logged, and listens to it, until it stops. */
  public void debug() {
    least = Level.FINE;
    logger.setLevel(least);
  }

  /** Leaves the log to the console again. */
  public void stop() {
    logger.setLevel(null);
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }

  /**
   * What was logged.
   *
   * @return level and message of each record
   */
  public List<String> lines() {
    return lines;
  }

  /**
   * What was logged.
   *
   * @return all lines in one
   */
  public String text() {
    return String.join("\n", lines);
  }

  @Override
  public void publish(LogRecord entry) {
    if (entry.getLevel().intValue() >= least.intValue()) {
      lines.add(entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry));
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
