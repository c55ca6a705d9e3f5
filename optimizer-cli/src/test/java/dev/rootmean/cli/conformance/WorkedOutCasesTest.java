package dev.rootmean.cli.conformance;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
  void theResourceIsWhatIsWorkedOut() throws Exception {
    String workedOut = WorkedOutCases.json();
    Path written = Files.writeString(Path.of("target", "worked-out.json"), workedOut);
    try (InputStream in = WorkedOutCases.class.getResourceAsStream("worked-out.json")) {
      assertEquals(
          workedOut,
          new String(in.readAllBytes(), StandardCharsets.UTF_8),
          "if the new one is right, copy " + written + " over the resource");
    }
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
