package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No misuse of a handle ends the JVM. */
class HandlesTest {
  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @Test
  void tenThousandRoundsOfMisuseCannotCrash() {
    ChildJvm.Outcome outcome =
        ChildJvm.of(HandleRounds.class)
            .option("-Djava.util.logging.config.file=/dev/null") // each leak is logged
            .run("10000")
            .succeeded();
    assertEquals("10000", outcome.line("rounds"));
  }
}
