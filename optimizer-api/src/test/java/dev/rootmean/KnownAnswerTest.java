package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ScalarBackend;
import dev.rootmean.spi.BackendBuffer;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownAnswerTest {
  /** The answers are what the tests' own formula gives, which numbers worked by hand anchor. */
  @Test
  void theAnswersAreTheRules() {
    try (OptimizerBackend right = new ScalarBackend()) {
      assertEquals(
          Optional.empty(),
          KnownAnswer.wrongVariant(right),
          () ->
              "hashes: "
                  + Stream.of(false, true)
                      .flatMap(
                          centered ->
                              Stream.of(0.0, 0.9)
                                  .map(momentum -> KnownAnswer.hash(right, momentum, centered)))
                      .toList());
    }
  }

  /** The last bit of one element, in whatever it is written. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 500, 1001})
  void aSingleWrongBitIsNoticed(int element) {
    for (String role : new String[] {"params", "squareAverage", "momentum", "gradientAverage"}) {
      try (OptimizerBackend wrong = new OneBitOff(role, element)) {
        assertTrue(KnownAnswer.wrongVariant(wrong).isPresent(), role + " " + element);
      }
    }
  }

  private static final class OneBitOff extends ScalarBackend {
    private final String role;
    private final int element;

    OneBitOff(String role, int element) {
      this.role = role;
      this.element = element;
    }

    @Override
    protected void queueStep(
        Coefficients k,
        BackendBuffer<float[]> params,
        BackendBuffer<float[]> grads,
        BackendBuffer<float[]> squareAverage,
        BackendBuffer<float[]> momentum,
        BackendBuffer<float[]> gradientAverage) {
      super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage);
      BackendBuffer<float[]> wrong =
          switch (role) {
            case "params" -> params;
            case "squareAverage" -> squareAverage;
            case "momentum" -> momentum;
            default -> gradientAverage;
          };
      if (wrong != null) {
        int i = (int) wrong.offset() + element;
        int bits = Float.floatToIntBits(wrong.memory()[i]);
        // A NaN stays one, whatever its last bit: it becomes a number instead.
        wrong.memory()[i] = Float.intBitsToFloat(bits == 0x7fc00000 ? 0 : bits ^ 1);
      }
    }
  }
}
