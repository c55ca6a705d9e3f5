package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.ChildJvm;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogLinesTest {
  /** Logs one record of each kind, as any class of the library would. */
  static final class Records {
    private Records() {}

    public static void main(String[] arguments) {
      LogLines.toStandardError();
      System.setOut(null); // what went there would be missing
      Logger logger = LoggerFactory.getLogger(Records.class);
      logger.debug("not shown");
      logger.info("{}: {} taken", "cpu", 1);
      logger.warn("two\n  lines");
      logger.info("red \u001b[31m");
      logger.error("with its cause", new IllegalStateException("why"));
    }
  }

  @Test
  void everyRecordIsOneLineOnStandardError() {
    assertEquals(
        """
        cpu: 1 taken
        WARNING: two; lines
        red \\u001b[31m
        SEVERE: with its cause: java.lang.IllegalStateException: why
        """,
        ChildJvm.of(Records.class).run().succeeded().text());
  }
}
