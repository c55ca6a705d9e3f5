package dev.rootmean;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;
import static dev.rootmean.DataType.INT16;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Precision.Rounding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a precision keeps, and which there are; the contract tries each. */
class PrecisionTest {
  private static final RmsProp PLAIN = RmsProp.builder().build();
  private static final RmsProp ALL = RmsProp.builder().momentum(0.9).centered(true).build();

  private static int bytes(Precision precision, RmsProp rule) {
    return precision.parameters().bytes()
        + precision.gradients().bytes()
        + precision.stateBytes(rule);
  }

  @Test
  void aParameterTakesSoManyBytes() {
    assertEquals(12, bytes(Precision.FLOAT32, PLAIN));
    assertEquals(24, bytes(Precision.FLOAT64, PLAIN));
    assertEquals(8, bytes(Precision.BFLOAT16, PLAIN));
    assertEquals(8, bytes(Precision.FLOAT16, PLAIN));
    assertEquals(10, bytes(Precision.BFLOAT16_WITH_REMAINDER, PLAIN));
    assertEquals(10, bytes(Precision.FLOAT32.withGradients(BFLOAT16), PLAIN));
    assertEquals(10, bytes(Precision.FLOAT32.withAccumulators(BFLOAT16), PLAIN));
    assertEquals(6, bytes(Precision.BFLOAT16.withAccumulators(BFLOAT16), PLAIN));
    assertEquals(20, bytes(Precision.FLOAT32, ALL));
    assertEquals(16, bytes(Precision.BFLOAT16, ALL));
    assertEquals(18, bytes(Precision.BFLOAT16_WITH_REMAINDER, ALL));
    assertEquals(10, bytes(Precision.BFLOAT16.withAccumulators(BFLOAT16), ALL));
  }

  /** To train by, roundings are random; to compare with others, to nearest. */
  @Test
  void itRoundsAsItsUseWants() {
    assertEquals(Rounding.RANDOM, Precision.BFLOAT16.rounding());
    assertEquals(Rounding.RANDOM, Precision.FLOAT16.rounding());
    assertEquals(Rounding.NEAREST, Precision.BFLOAT16_WITH_REMAINDER.rounding());
    assertEquals(Rounding.RANDOM, Precision.FLOAT32.withAccumulators(BFLOAT16).rounding());
    assertEquals(Rounding.NEAREST, Precision.of(BFLOAT16).rounding());
    assertEquals(Rounding.NEAREST, Precision.FLOAT32.withGradients(FLOAT16).rounding());
  }

  @Test
  void aSeedIsAllThatItChanges() {
    Precision seeded = Precision.BFLOAT16.withSeed(-5);
    assertEquals(-5, seeded.seed());
    assertEquals(Precision.BFLOAT16, seeded.withSeed(0));
  }

  @Test
  void whatNoStepHasIsRefused() {
    refused("accumulators FLOAT16", () -> Precision.FLOAT32.withAccumulators(FLOAT16));
    refused("grads FLOAT16", () -> Precision.BFLOAT16.withGradients(FLOAT16));
    refused("grads FLOAT64", () -> Precision.FLOAT32.withGradients(FLOAT64));
    refused("accumulators BFLOAT16", () -> Precision.FLOAT64.withAccumulators(BFLOAT16));
    refused("params INT16", () -> Precision.of(INT16));
    refused(
        "params FLOAT32 and remainder",
        () -> new Precision(FLOAT32, FLOAT32, FLOAT32, true, Rounding.NEAREST, 0));
    refused(
        "params BFLOAT16 and remainder",
        () -> Precision.BFLOAT16_WITH_REMAINDER.withAccumulators(BFLOAT16));
    assertThrows(NullPointerException.class, () -> Precision.of(null));
  }

  private static void refused(String given, Executable making) {
    String told = assertThrows(IllegalArgumentException.class, making).getMessage();
    assertTrue(told.contains(given), told);
    assertTrue(told.contains("expected one of these"), told);
    assertTrue(told.contains("params FLOAT32, grads FLOAT32, accumulators FLOAT32;"), told);
  }
}
