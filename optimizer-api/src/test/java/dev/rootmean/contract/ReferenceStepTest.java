package dev.rootmean.contract;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Anchors the oracle to numbers worked by hand: all are exact in binary, so nothing is rounded.
 *
 * <p>Unless a test says otherwise: p = 10, gradient 3, decay ½, learning rate ½, ε = 0, and v = 23,
 * so that v' = ½·23 + ½·3² = 16 and its root is 4.
 */
class ReferenceStepTest {
  private static RmsPropBuilder rule() {
    return RmsProp.builder().decay(0.5).learningRate(0.5).epsilon(0);
  }

  /** One element in every type; b starts at 1 and m at -1. */
  private static final class Element {
    private final Map<DataType, double[][]> rows = new EnumMap<>(DataType.class);

    static Element from(double squareAverage) {
      Element element = new Element();
      for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
        element.rows.put(type, new double[][] {{10}, {squareAverage}, {1}, {-1}});
      }
      return element;
    }

    Element step(RmsPropBuilder rule, double gradient) {
      rows.forEach(
          (type, row) ->
              new ReferenceStep(type, rule.build())
                  .step(row[0], new double[] {gradient}, row[1], row[2], row[3]));
      return this;
    }

    void holds(double p, double v, double b, double m) {
      double[] expected = {p, v, b, m};
      rows.forEach(
          (type, row) -> {
            double[] found = {row[0][0], row[1][0], row[2][0], row[3][0]};
            Bits.assertSame("p, v, b, m in " + type, expected, found);
          });
    }
  }

  @Test
  void plain() {
    // u = 3 / 4;  p' = 10 - ½·¾
    Element.from(23).step(rule(), 3).holds(9.625, 16, 1, -1);
  }

  @Test
  void twoSteps() {
    // then v'' = ½·16 + ½·4² = 16, u = 4 / 4, p'' = 9.625 - ½·1
    Element.from(23).step(rule(), 3).step(rule(), 4).holds(9.125, 16, 1, -1);
  }

  @Test
  void decayWeighsTheOldAverage() {
    // decay ¼: v' = ¼·4 + ¾·2² = 4, u = 2 / 2, p' = 10 - ½·1
    Element.from(4).step(rule().decay(0.25), 2).holds(9.5, 4, 1, -1);
    // v' = ¼·16 + ¾·0² = 4, u = 0
    Element.from(16).step(rule().decay(0.25), 0).holds(10, 4, 1, -1);
  }

  @Test
  void epsilonInside() {
    // ε = 9: v' = ½·7 + ½·5² = 16, u = 5 / sqrt(16 + 9) = 1, p' = 10 - ½
    Element.from(7).step(rule().epsilon(9), 5).holds(9.5, 16, 1, -1);
  }

  @Test
  void epsilonOutside() {
    // ε = 2: u = 3 / (4 + 2), p' = 10 - ½·½
    Element.from(23)
        .step(rule().epsilon(2).epsilonPlacement(OUTSIDE_SQRT), 3)
        .holds(9.75, 16, 1, -1);
  }

  @Test
  void initialSquareAverage() {
    // what the state begins with is the state's business: a step goes by v alone
    Element.from(23).step(rule().initialSquareAverage(99), 3).holds(9.625, 16, 1, -1);
  }

  @Test
  void momentumLearningRateOutside() {
    // b' = ¼·1 + ¾ = 1;  p' = 10 - ½·1
    Element.from(23).step(rule().momentum(0.25), 3).holds(9.5, 16, 1, -1);
    // b' = ½·1 + ¾ = 1¼;  p' = 10 - ½·1¼
    Element.from(23).step(rule().momentum(0.5), 3).holds(9.375, 16, 1.25, -1);
  }

  @Test
  void momentumLearningRateInside() {
    // b' = ½·1 + ½·¾ = ⅞;  p' = 10 - ⅞
    Element.from(23)
        .step(rule().momentum(0.5).momentumForm(LR_INSIDE), 3)
        .holds(9.125, 16, 0.875, -1);
  }

  @Test
  void learningRateInsideWithoutMomentum() {
    // as plain: the learning rate must not get lost
    Element.from(23).step(rule().momentumForm(LR_INSIDE), 3).holds(9.625, 16, 1, -1);
  }

  @Test
  void nesterov() {
    // b' = ½·1 + ¾ = 1¼;  p' = 10 - ½·(½·1¼ + ¾) = 10 - 11/16
    Element.from(23).step(rule().momentum(0.5).nesterov(true), 3).holds(9.3125, 16, 1.25, -1);
  }

  @Test
  void nesterovLearningRateInside() {
    // b' = ½·1 + ½·¾ = ⅞;  p' = 10 - (½·⅞ + ½·¾) = 10 - 13/16
    Element.from(23)
        .step(rule().momentum(0.5).nesterov(true).momentumForm(LR_INSIDE), 3)
        .holds(9.1875, 16, 0.875, -1);
  }

  @Test
  void nesterovWithoutMomentum() {
    Element.from(23).step(rule().nesterov(true), 3).holds(9.625, 16, 1, -1);
  }

  @Test
  void centered() {
    // v' = ½·1 + ½·3² = 5, m' = ½·-1 + ½·3 = 1, u = 3 / sqrt(5 - 1) = 1½, p' = 10 - ½·1½
    Element.from(1).step(rule().centered(true), 3).holds(9.25, 5, 1, 1);
  }

  @Test
  void aVarianceBelowZeroCountsWithoutItsSign() {
    // decay 1: v' = 0, m' = -1, x = |0 - 1|, u = 3 / 1, p' = 10 - ½·3
    Element.from(0).step(rule().centered(true).decay(1), 3).holds(8.5, 0, 1, -1);
  }

  @Test
  void weightDecayL2() {
    // λ = ¼: g = ½ + ¼·10 = 3, and on as plain
    Element.from(23).step(rule().weightDecay(0.25), 0.5).holds(9.625, 16, 1, -1);
  }

  @Test
  void weightDecayDecoupled() {
    // p1 = 10 - (½·¼)·10 = 8¾;  p' = 8¾ - ½·¾
    Element.from(23)
        .step(rule().weightDecay(0.25).weightDecayMode(DECOUPLED), 3)
        .holds(8.375, 16, 1, -1);
  }

  @Test
  void maximize() {
    // g = -3: p' = 10 + ½·¾
    Element.from(23).step(rule().maximize(true), 3).holds(10.375, 16, 1, -1);
    // with L2 decay, that still pulls towards zero: g = -5½ + ¼·10 = -3
    Element.from(23).step(rule().maximize(true).weightDecay(0.25), 5.5).holds(10.375, 16, 1, -1);
  }

  @Test
  void everythingAtOnce() {
    // g = -5½ + ¼·10 = -3;  v' = ½·31 + ½·9 = 20;  m' = ½·-1 + ½·-3 = -2
    // x = 20 - 4 = 16;  u = -3 / (4 + 2) = -½
    // b' = ½·1 + ½·-½ = ¼;  p' = 10 - (½·¼ + ½·-½) = 10⅛
    Element.from(31)
        .step(
            rule()
                .epsilon(2)
                .epsilonPlacement(OUTSIDE_SQRT)
                .momentum(0.5)
                .momentumForm(LR_INSIDE)
                .nesterov(true)
                .centered(true)
                .weightDecay(0.25)
                .maximize(true),
            5.5)
        .holds(10.125, 20, 0.25, -2);
  }

  @Test
  void coefficientsAreRoundedOnce() {
    // 1 - 0.9 is 0.1 to a float, and 1 - (float) 0.9 is not: v' = 0.1f·1²
    assertSquareAverage(DataType.FLOAT32, 0.1f);
    assertSquareAverage(DataType.FLOAT64, 1 - 0.9);
  }

  private static void assertSquareAverage(DataType type, double expected) {
    double[] v = {0};
    new ReferenceStep(type, RmsProp.builder().decay(0.9).build())
        .step(new double[1], new double[] {1}, v, null, null);
    Bits.assertSame("v in " + type, new double[] {expected}, v);
  }

  /** In floats 1 + 2⁻²⁴ is 1: each operation is rounded, not the step as a whole. */
  @Test
  void floatsAreRoundedAfterEachOperation() {
    double[] p = {0x1p-24};
    RmsPropBuilder rule = RmsProp.builder().decay(0).weightDecay(1).epsilon(0).learningRate(1);
    double[] v = {0};
    new ReferenceStep(DataType.FLOAT32, rule.build()).step(p, new double[] {1}, v, null, null);
    Bits.assertSame("v", new double[] {1}, v);
    Bits.assertSame("p", new double[] {(float) (0x1p-24 - 1)}, p);
  }
}
