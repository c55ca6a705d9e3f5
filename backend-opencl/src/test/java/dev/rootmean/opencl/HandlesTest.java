package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.contract.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No misuse of a handle ends the JVM. */
@Tag("any-jdk")
class HandlesTest {
  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @ParameterizedTest
  @EnumSource
  void tenThousandRoundsOfMisuseCannotCrash(JoclMode mode) {
    ChildJvm.Outcome outcome =
        mode.child(HandleRounds.class)
            .option("-Djava.util.logging.config.file=/dev/null") // each leak is logged
            .run("10000")
            .succeeded();
    assertEquals("10000", outcome.line("rounds"));
  }
}
