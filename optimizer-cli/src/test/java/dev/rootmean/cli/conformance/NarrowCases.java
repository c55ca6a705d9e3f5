package dev.rootmean.cli.conformance;

import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Works out the cases of worked-out-16-bit.json: {@link WorkedOutCases}' 50 digits from what is
 * kept, each number of which is rounded once a step, to the nearest of its type with ties to even.
 *
 * <p>What is expected is a number of the type, and there is no tolerance. It is the same whatever
 * the order of a backend's operations in float32: no number that is rounded lies so near the middle
 * of two neighbours that sixteen roundings of a float could bring it to the other side. A case of
 * which one does takes other gradients.
 */
final class NarrowCases {
  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  /** Sixteen times half of a float's last bit, as a share of the largest term. */
  private static final BigDecimal DOUBT = new BigDecimal(Math.scalb(1.0, -20));

  private NarrowCases() {}

  /** A type of 16 bits. */
  enum Format {
    BFLOAT16(8, -126),
    FLOAT16(11, -14);

    private final int digits;
    private final int leastExponent;

    Format(int digits, int leastExponent) {
      this.digits = digits;
      this.leastExponent = leastExponent;
    }

    /** The distance of neighbours around a number. */
    private BigDecimal unit(BigDecimal x) {
      int exponent = Math.max(Math.getExponent(x.doubleValue()), leastExponent) - (digits - 1);
      return new BigDecimal(Math.scalb(1.0, exponent));
    }

    /** The nearest number, with ties to even. */
    BigDecimal nearest(BigDecimal x) {
      BigDecimal unit = unit(x);
      return x.divide(unit).setScale(0, RoundingMode.HALF_EVEN).multiply(unit);
    }

    /** Whether a sum, to a term of which another one was added, is the same with small errors. */
    boolean isClear(BigDecimal term, BigDecimal sum) {
      BigDecimal unit = unit(sum);
      BigDecimal rest = sum.abs().remainder(unit);
      BigDecimal toMiddle = rest.subtract(unit.divide(TWO)).abs();
      if (toMiddle.signum() == 0) {
        return true; // a tie has few digits: floats come to it without an error
      }
      return toMiddle.compareTo(term.abs().max(sum.abs()).multiply(DOUBT)) > 0;
    }
  }

  /** All of the other types' settings, and what other projects publish of those. */
  private static Map<String, RmsPropBuilder> settings() {
    Map<String, RmsPropBuilder> all = WorkedOutCases.settings();
    for (int v = 0; v <= 1; v++) {
      String first = "-v" + v;
      all.put("plain" + first, rule(v));
      all.put("epsilon-outside" + first, rule(v).epsilonPlacement(OUTSIDE_SQRT));
      all.put("momentum" + first, rule(v).momentum(0.875));
      all.put("lr-inside" + first, rule(v).momentum(0.875).momentumForm(LR_INSIDE));
      all.put("centered" + first, rule(v).centered(true));
      all.put("maximize" + first, rule(v).maximize(true));
      all.put("l2" + first, rule(v).weightDecay(0.125));
    }
    return all;
  }

  private static RmsPropBuilder rule(int initialSquareAverage) {
    return WorkedOutCases.rule().initialSquareAverage(initialSquareAverage);
  }

  /** The text of worked-out-16-bit.json. */
  static String json() throws JsonProcessingException {
    ArrayNode cases = JsonNodeFactory.instance.arrayNode();
    for (Format format : Format.values()) {
      settings().forEach((name, rule) -> cases.add(workedOut(name, rule.build(), format)));
      NonFiniteCases.addNarrowTo(cases, format.name());
    }
    return WorkedOutCases.json(cases);
  }

  /** With the first gradients by which every rounding is clear. */
  private static ObjectNode workedOut(String name, RmsProp rule, Format format) {
    for (int shift = 0; ; shift++) {
      ObjectNode json = workedOut(name, rule, format, shift * 0.0625);
      if (json != null) {
        return json;
      }
    }
  }

  /** Null if a rounding is not clear. */
  private static ObjectNode workedOut(String name, RmsProp rule, Format format, double shift) {
    double[] params = WorkedOutCases.PARAMS;
    double[][] gradients = WorkedOutCases.GRADIENTS.clone();
    WorkedOutCases.Element[] elements = new WorkedOutCases.Element[params.length];
    for (int i = 0; i < params.length; i++) {
      elements[i] = new WorkedOutCases.Element(params[i], rule.initialSquareAverage());
    }
    for (int step = 0; step < gradients.length; step++) {
      gradients[step] = gradients[step].clone();
      for (int i = 0; i < params.length; i++) {
        gradients[step][i] += shift;
      }
    }
    ObjectNode json = WorkedOutCases.header(name, "in 50 digits and 16 bits", rule, format.name());
    double[] rates = WorkedOutCases.putInputs(json, name, gradients);
    ArrayNode expected = json.putArray("expected");
    for (int step = 0; step < gradients.length; step++) {
      for (int i = 0; i < params.length; i++) {
        if (!step(elements[i], rule, rates[step], gradients[step][i], format)) {
          return null;
        }
      }
      WorkedOutCases.putExpected(expected, step, rule, elements);
    }
    return WorkedOutCases.tolerance(json, format.name());
  }

  /** Whether each number's rounding was clear. */
  private static boolean step(
      WorkedOutCases.Element element, RmsProp rule, double rate, double gradient, Format format) {
    Map<Quantity, BigDecimal> before = new LinkedHashMap<>();
    for (Quantity quantity : Quantity.values()) {
      before.put(quantity, element.get(quantity));
    }
    element.step(rule, rate, gradient);
    boolean isClear =
        before.entrySet().stream()
            .allMatch(term -> format.isClear(term.getValue(), element.get(term.getKey())));
    element.store(format::nearest);
    return isClear;
  }
}
