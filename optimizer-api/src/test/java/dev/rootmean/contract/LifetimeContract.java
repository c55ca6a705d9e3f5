package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.machinery.CloseRaces;
import dev.rootmean.contract.machinery.Soak;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Backends, optimizers and buffers that come and go, ten thousand times or for some seconds, in
 * JVMs of their own.
 */
public abstract class LifetimeContract {
  private static final int ROUNDS = 10_000;

  /** As many cycles as show a leak of a buffer in each, where ten thousand take too long. */
  private static final int SOME_ROUNDS = 400;

  private static final int SECONDS = 2;

  /**
   * What the process may grow by: what it does once more after a quarter of the cycles, such as to
   * compile. The Java heap is resident from the first moment on.
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

  private ChildJvm.Outcome run(ChildJvm child, int rounds, String... limits) {
    child.option("-Djava.util.logging.config.file=/dev/null"); // what is open at close is logged
    child.argument(backend()).argument(Integer.toString(rounds));
    ChildJvm.Outcome outcome = child.run(limits).succeeded();
    List.of("rounds", "growth in KiB")
        .forEach(word -> System.out.println(backend() + ": " + word + " " + outcome.lines(word)));
    return outcome;
  }

  @Test
  void whoeverIsInACallWhenItIsClosedIsRefusedAndNoMore() {
    boolean areAll = LongTests.areWanted();
    String seconds = Integer.toString(areAll ? Integer.MAX_VALUE : SECONDS);
    ChildJvm.Outcome outcome = run(child(CloseRaces.class), ROUNDS, seconds);
    int rounds = Integer.parseInt(outcome.line("rounds"));
    assertTrue(rounds == ROUNDS || (!areAll && rounds > 0), outcome.text());
  }

  @Test
  void whatIsClosedTakesNoMemory() {
    Assumptions.assumeTrue(Files.exists(Soak.STATUS), "the system tells no resident memory");
    ChildJvm child =
        child(Soak.class)
            .environment("MALLOC_ARENA_MAX", 1) // or what is free is spread over several
            .option("-Xms64m")
            .option("-Xmx64m")
            .option("-XX:+UseSerialGC")
            .option("-XX:+AlwaysPreTouch")
            .option("-XX:TieredStopAtLevel=1");
    int rounds = LongTests.areWanted() ? ROUNDS : SOME_ROUNDS;
    ChildJvm.Outcome outcome = run(child, rounds);
    long growth = Long.parseLong(outcome.line("growth in KiB"));
    assertTrue(growth <= MOST_KIB, outcome.text());
  }
}
