package dev.rootmean.cli.conformance;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.RmsProp;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WorkedOutCasesTest {
  @Test
  void theResourcesAreWhatIsWorkedOut() throws Exception {
    assertResource("worked-out.json", WorkedOutCases.json());
    assertResource("worked-out-16-bit.json", NarrowCases.json());
  }

  private static void assertResource(String name, String workedOut) throws Exception {
    Path written = Files.writeString(Path.of("target", name), workedOut);
    try (InputStream in = WorkedOutCases.class.getResourceAsStream(name)) {
      assertEquals(
          workedOut,
          new String(in.readAllBytes(), StandardCharsets.UTF_8),
          "if the new one is right, copy " + written + " over the resource");
    }
  }

  /** Ties go to the even one, also among the least numbers; neighbours of 1 are 2^-7 apart. */
  @Test
  void sixteenBitsByHand() {
    assertNearest(NarrowCases.Format.BFLOAT16, 0x1.01p0, 1);
    assertNearest(NarrowCases.Format.BFLOAT16, 0x1.03p0, 0x1.04p0);
    assertNearest(NarrowCases.Format.BFLOAT16, -0x1.0100001p0, -0x1.02p0);
    assertNearest(NarrowCases.Format.BFLOAT16, 0x1.ffp0, 2);
    assertNearest(NarrowCases.Format.BFLOAT16, 5 * 0x1p-134, 0x1p-132);
    assertNearest(NarrowCases.Format.FLOAT16, 0x1.002p0, 1);
    assertNearest(NarrowCases.Format.FLOAT16, 0x1.006p0, 0x1.008p0);
    assertNearest(NarrowCases.Format.FLOAT16, 3 * 0x1p-25, 0x1p-23);
    assertNearest(NarrowCases.Format.FLOAT16, 0, 0);
    BigDecimal nearTheMiddle = exact(0x1.00200002p0);
    assertFalse(NarrowCases.Format.FLOAT16.isClear(BigDecimal.ONE, nearTheMiddle));
    assertTrue(NarrowCases.Format.BFLOAT16.isClear(BigDecimal.ONE, nearTheMiddle));
  }

  private static BigDecimal exact(double x) {
    return new BigDecimal(x);
  }

  private static void assertNearest(NarrowCases.Format format, double x, double expected) {
    double found = format.nearest(exact(x)).doubleValue();
    assertEquals(expected, found, format + " of " + x);
  }

  /** The numbers are worked by hand: the arithmetic itself needs an anchor. */
  @Test
  void everythingAtOnceByHand() {
    RmsProp rule =
        RmsProp.builder()
            .decay(0.5)
            .epsilon(2)
            .epsilonPlacement(OUTSIDE_SQRT)
            .momentum(0.5)
            .momentumForm(LR_INSIDE)
            .nesterov(true)
            .centered(true)
            .weightDecay(0.25)
            .maximize(true)
            .build();
    WorkedOutCases.Element element = new WorkedOutCases.Element(10, 0);
    // g = -5½ + ¼·10 = -3; v = ½·9 = 4½; m = -1½; x = 4½ - 2¼ = 2¼; u = -3 / (1½ + 2) = -6/7
    // α = 7/8: b = ⅞·-6/7 = -¾; p = 10 - (-¾ + ½·-¾) = 11⅛
    element.step(rule, 0.875, 5.5);
    assertValues(element, "11.125", "4.5", "-0.75", "-1.5");
  }

  @Test
  void plainByHand() {
    RmsProp rule = RmsProp.builder().decay(0.5).epsilon(9).momentum(0.5).build();
    WorkedOutCases.Element element = new WorkedOutCases.Element(10, 7);
    // v = ½·7 + ½·25 = 16; u = 5 / √(16 + 9) = 1; b = 1; p = 10 - ½·1
    element.step(rule, 0.5, 5);
    assertValues(element, "9.5", "16", "1", "0");
    // v = ½·16 + ½·16 = 16; u = 4 / 5; b = ½ + 0.8; p = 9½ - 2·1.3
    element.step(rule, 2, 4);
    assertValues(element, "6.9", "16", "1.3", "0");
  }

  private static void assertValues(
      WorkedOutCases.Element element, String p, String v, String b, String m) {
    assertValue(p, element.get(Quantity.PARAMS));
    assertValue(v, element.get(Quantity.SQUARE_AVERAGE));
    assertValue(b, element.get(Quantity.MOMENTUM));
    assertValue(m, element.get(Quantity.GRADIENT_AVERAGE));
  }

  /** The last of the 50 digits are rounded. */
  private static void assertValue(String expected, BigDecimal found) {
    BigDecimal rounded = found.round(new MathContext(45));
    assertEquals(0, new BigDecimal(expected).compareTo(rounded), found::toString);
  }
}
