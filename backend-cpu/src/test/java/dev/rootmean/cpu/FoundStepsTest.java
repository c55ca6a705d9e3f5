package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.ServiceConfigurationError;
import org.junit.jupiter.api.Test;

/** Steps in place are taken if they do what they should, and otherwise it is told why not. */
class FoundStepsTest {
  private static final String STAGED = ", wrapped memory staged: ";

  /** Does, or is, something else where its memory is really stepped. */
  private record Steps(Runnable fault, float factor) implements ForeignSteps {
    @Override
    public int step(
        float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
      fault.run();
      v[from] *= factor;
      return 0; // the caller does all
    }

    @Override
    public int step(
        double[] k,
        long params,
        long grads,
        double[] v,
        double[] b,
        double[] m,
        int from,
        int count) {
      fault.run();
      return 0;
    }
  }

  private static FoundSteps found(Steps steps) {
    return FoundSteps.of(() -> Optional.of(steps));
  }

  private static void fail(Error error) {
    throw error;
  }

  @Test
  void nothingIsSaidOfNone() {
    assertEquals(new FoundSteps(null, ""), FoundSteps.of(Optional::empty));
  }

  @Test
  void whatGivesTheBitsIsTaken() {
    Steps right = new Steps(() -> {}, 1);
    FoundSteps found = found(right);
    assertSame(right, found.steps());
    assertEquals(", wrapped memory in place once compiled", found.inWords());
  }

  @Test
  void otherBitsAreNot() {
    FoundSteps found = found(new Steps(() -> {}, 1.0000001f));
    assertNull(found.steps());
    String start = STAGED + "a known step gives other bits than RmsProp defines: FLOAT32, ";
    assertTrue(found.inWords().startsWith(start), found.inWords());
  }

  @Test
  void whatThisJavaLacksIsTold() {
    FoundSteps found = found(new Steps(() -> fail(new NoSuchMethodError("sqrt")), 1));
    assertEquals(new FoundSteps(null, STAGED + "java.lang.NoSuchMethodError: sqrt"), found);
  }

  @Test
  void whatAProviderSaysIsTold() {
    Throwable cause = new UnsupportedOperationException("start it otherwise");
    FoundSteps found =
        FoundSteps.of(
            () -> {
              throw new ServiceConfigurationError("not made", cause);
            });
    assertEquals(new FoundSteps(null, STAGED + "start it otherwise"), found);
  }

  @Test
  void anErrorOfTheMomentDecidesNothing() {
    Error deep = new StackOverflowError();
    assertSame(deep, assertThrows(Error.class, () -> found(new Steps(() -> fail(deep), 1))));
    Error full = new OutOfMemoryError();
    assertSame(full, assertThrows(Error.class, () -> found(new Steps(() -> fail(full), 1))));
  }
}
