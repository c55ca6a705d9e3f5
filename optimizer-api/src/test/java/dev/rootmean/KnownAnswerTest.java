package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.MemoryRange;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownAnswerTest {
  /** The answers are what the tests' own formula gives, which numbers worked by hand anchor. */
  @Test
  void theAnswersAreTheRules() {
    try (OptimizerBackend right = new ScalarDevice().open()) {
      assertEquals(
          Optional.empty(),
          KnownAnswer.wrongVariant(right),
          () ->
              String.format(
                  Locale.ROOT,
                  "FLOAT32: %s, FLOAT64: %s",
                  KnownAnswer.hashes(right, DataType.FLOAT32),
                  KnownAnswer.hashes(right, DataType.FLOAT64)));
    }
  }

  /** The last bit of one element, in whatever it is written. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 500, 1001})
  void aSingleWrongBitIsNoticed(int element) {
    for (DataType type : DataType.values()) {
      for (String role : new String[] {"params", "squareAverage", "momentum", "gradientAverage"}) {
        try (OptimizerBackend wrong = new OneBitOff(type, role, element).open()) {
          String found = KnownAnswer.wrongVariant(wrong).orElse("");
          assertTrue(found.endsWith(type.name()), role + " " + element + ": " + found);
        }
      }
    }
  }

  /** What policies want of a device is tried out as well. */
  @Test
  void policiesThatAreIgnoredAreNoticed() {
    for (ScalarDevice ignoring :
        new ScalarDevice[] {
          new ScalarDevice() {
            @Override
            public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {}
          },
          new ScalarDevice() {
            @Override
            public void queueMeasure(
                GradientPolicy policy,
                MemoryRange<TypedArray> grads,
                MemoryRange<TypedArray> decision) {}
          },
          new ScalarDevice() {
            @Override
            public void queueStep(
                Coefficients k,
                MemoryRange<TypedArray> params,
                MemoryRange<TypedArray> grads,
                MemoryRange<TypedArray> squareAverage,
                MemoryRange<TypedArray> momentum,
                MemoryRange<TypedArray> gradientAverage,
                MemoryRange<TypedArray> decision) {
              super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, null);
            }
          }
        }) {
      try (OptimizerBackend wrong = ignoring.open()) {
        assertTrue(KnownAnswer.wrongVariant(wrong).isPresent());
      }
    }
  }

  private static final class OneBitOff extends ScalarDevice {
    private final DataType type;
    private final String role;
    private final int element;

    OneBitOff(DataType type, String role, int element) {
      this.type = type;
      this.role = role;
      this.element = element;
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> decision) {
      super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, decision);
      MemoryRange<TypedArray> wrong =
          switch (role) {
            case "params" -> params;
            case "squareAverage" -> squareAverage;
            case "momentum" -> momentum;
            default -> gradientAverage;
          };
      if (wrong != null && wrong.dataType() == type) {
        int i = (int) wrong.offset() + element;
        double right = wrong.memory().get(i);
        // A NaN stays one, whatever its last bit: it becomes a number instead.
        wrong.memory().set(i, Double.isNaN(right) ? 0 : neighbour(right));
      }
    }

    private double neighbour(double x) {
      boolean up = x < 0;
      if (type == DataType.FLOAT32) {
        return up ? Math.nextUp((float) x) : Math.nextDown((float) x);
      }
      return up ? Math.nextUp(x) : Math.nextDown(x);
    }
  }
}
