package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.machinery.CloseRaces;
import dev.rootmean.contract.machinery.Soak;
import java.nio.file.Files;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Backends, optimizers and buffers that come and go, ten thousand times or for some seconds, in
 * JVMs of their own.
 */
public abstract class LifetimeContract {
  private static final String ROUNDS = "10000";

  /**
   * What is leaked more slowly is not seen. A cycle takes thirty times as much as that is for each
   * of 10,000 cycles, and the few cycles of a short test take hundreds of MiB.
   */
  private static final long MOST_KIB = 8 << 10;

  /**
   * Describes a JVM that has the backend, or skips the test.
   *
   * @param main its main class
   * @return to be started with what {@link #backend} says
   */
  protected abstract ChildJvm child(Class<?> main);

  /**
   * Names the backend.
   *
   * @return as in {@link dev.rootmean.Backends#open(String)}
   */
  protected abstract String backend();

  private ChildJvm.Outcome run(ChildJvm child, int seconds) {
    String limit = Integer.toString(LongTests.areWanted() ? Integer.MAX_VALUE : seconds);
    ChildJvm.Outcome outcome =
        child
            .option("-Djava.util.logging.config.file=/dev/null") // what is open at close is logged
            .run(backend(), ROUNDS, limit)
            .succeeded();
    System.out.println(backend() + ": " + outcome.text().strip().replace("\n", ", "));
    if (LongTests.areWanted()) {
      assertEquals(ROUNDS, outcome.line("rounds"));
    }
    return outcome;
  }

  @Test
  void whoeverIsInACallWhenItIsClosedIsRefusedAndNoMore() {
    ChildJvm.Outcome outcome = run(child(CloseRaces.class), 3);
    assertTrue(Integer.parseInt(outcome.line("rounds")) >= 20, outcome.text());
  }

  @Test
  void whatIsClosedTakesNoMemory() {
    Assumptions.assumeTrue(Files.exists(Soak.STATUS), "the system tells no resident memory");
    ChildJvm.Outcome outcome =
        run(
            child(Soak.class)
                .environment("MALLOC_ARENA_MAX", 1) // or what is free is spread over several
                .option("-Xms64m")
                .option("-Xmx64m")
                .option("-XX:+UseSerialGC")
                .option("-XX:+AlwaysPreTouch")
                .option("-XX:TieredStopAtLevel=1"),
            3);
    assertTrue(Long.parseLong(outcome.line("growth in KiB")) <= MOST_KIB, outcome.text());
  }
}
