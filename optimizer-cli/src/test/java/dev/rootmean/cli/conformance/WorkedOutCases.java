package dev.rootmean.cli.conformance;

import static dev.rootmean.RmsProp.EpsilonPlacement.INSIDE_SQRT;
import static dev.rootmean.RmsProp.EpsilonPlacement.OUTSIDE_SQRT;
import static dev.rootmean.RmsProp.MomentumForm.LR_INSIDE;
import static dev.rootmean.RmsProp.WeightDecayMode.DECOUPLED;
import static dev.rootmean.RmsProp.WeightDecayMode.L2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Works out the cases of worked-out.json: for what no other project publishes numbers of.
 *
 * <p>The arithmetic is that of docs/conformance.md, in decimal numbers of 50 digits, and shares
 * nothing with the library's. All settings and inputs are exact in binary, so that the only error
 * of a backend is its own rounding. What is not finite cannot be a decimal number: see {@link
 * NonFiniteCases}. What is kept in 16 bits is in {@link NarrowCases}.
 */
final class WorkedOutCases {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final MathContext DIGITS = new MathContext(50);
  private static final MathContext PRINTED = new MathContext(20);

  static final double[] PARAMS = {1, -0.5, 2, -3, 0.25};
  static final double[][] GRADIENTS = {
    {0.5, -1, 2, -0.25, 0},
    {-0.75, 3, -0.125, 0.5, 1},
    {0.25, -0.5, 1.5, 4, -2},
    {1, 0.375, -3, -0.625, 0.5}
  };
  private static final double[] RATES = {0.0625, 0.125, 0.03125, 0.25};
  private static final double[] ONE_RATE = {0.0625, 0.0625, 0.0625, 0.0625};

  private WorkedOutCases() {}

  /** Every setting off its default, but for what the cases are about. */
  static RmsPropBuilder rule() {
    return RmsProp.builder()
        .learningRate(0.0625)
        .decay(0.75)
        .epsilon(0.0009765625)
        .initialSquareAverage(0.5);
  }

  static Map<String, RmsPropBuilder> settings() {
    Map<String, RmsPropBuilder> all = new LinkedHashMap<>();
    all.put("maximize-l2", rule().maximize(true).weightDecay(0.125));
    all.put(
        "maximize-decoupled", rule().maximize(true).weightDecay(0.125).weightDecayMode(DECOUPLED));
    all.put("maximize-centered", rule().maximize(true).centered(true));
    all.put("maximize-lr-inside", rule().maximize(true).momentum(0.875).momentumForm(LR_INSIDE));
    all.put("nesterov-lr-outside", rule().nesterov(true).momentum(0.875));
    all.put("nesterov-centered", rule().nesterov(true).momentum(0.875).centered(true));
    all.put(
        "nesterov-epsilon-outside",
        rule().nesterov(true).momentum(0.875).epsilonPlacement(OUTSIDE_SQRT));
    all.put("decoupled-momentum", decoupled().momentum(0.875));
    all.put("decoupled-lr-inside", decoupled().momentum(0.875).momentumForm(LR_INSIDE));
    all.put("decoupled-centered", decoupled().centered(true));
    all.put("decoupled-epsilon-outside", decoupled().epsilonPlacement(OUTSIDE_SQRT));
    all.put("rates-momentum", rule().momentum(0.875));
    all.put("rates-lr-inside", rule().momentum(0.875).momentumForm(LR_INSIDE));
    all.put("rates-centered", rule().centered(true));
    all.put("rates-l2", rule().weightDecay(0.125));
    all.put("rates-decoupled", decoupled());
    all.put(
        "lr-inside-epsilon-outside",
        rule().momentum(0.875).momentumForm(LR_INSIDE).epsilonPlacement(OUTSIDE_SQRT));
    all.put(
        "rates-everything",
        decoupled()
            .maximize(true)
            .momentum(0.875)
            .momentumForm(LR_INSIDE)
            .nesterov(true)
            .centered(true)
            .epsilonPlacement(OUTSIDE_SQRT));
    return all;
  }

  private static RmsPropBuilder decoupled() {
    return rule().weightDecay(0.125).weightDecayMode(DECOUPLED);
  }

  /** One element, stepped in 50 digits. */
  static final class Element {
    private BigDecimal p;
    private BigDecimal v;
    private BigDecimal b = BigDecimal.ZERO;
    private BigDecimal m = BigDecimal.ZERO;

    Element(double p, double v) {
      this.p = new BigDecimal(p);
      this.v = new BigDecimal(v);
    }

    void step(RmsProp rule, double learningRate, double gradient) {
      BigDecimal rate = new BigDecimal(learningRate);
      BigDecimal lambda = new BigDecimal(rule.weightDecay());
      BigDecimal rho = new BigDecimal(rule.decay());
      BigDecimal rest = BigDecimal.ONE.subtract(rho);
      BigDecimal mu = new BigDecimal(rule.momentum());
      BigDecimal epsilon = new BigDecimal(rule.epsilon());

      BigDecimal g = new BigDecimal(rule.maximize() ? -gradient : gradient);
      if (rule.weightDecayMode() == L2) {
        g = g.add(lambda.multiply(p, DIGITS), DIGITS);
      }
      v = rho.multiply(v).add(rest.multiply(g.pow(2)), DIGITS);
      BigDecimal variance = v;
      if (rule.centered()) {
        m = rho.multiply(m).add(rest.multiply(g), DIGITS);
        variance = v.subtract(m.pow(2), DIGITS);
      }
      BigDecimal divisor =
          rule.epsilonPlacement() == INSIDE_SQRT
              ? variance.add(epsilon).sqrt(DIGITS)
              : variance.sqrt(DIGITS).add(epsilon, DIGITS);
      BigDecimal update = g.divide(divisor, DIGITS);
      if (rule.weightDecayMode() == DECOUPLED) {
        p = p.subtract(rate.multiply(lambda).multiply(p), DIGITS);
      }
      if (rule.momentum() == 0) {
        p = p.subtract(rate.multiply(update), DIGITS);
      } else if (rule.momentumForm() == LR_INSIDE) {
        BigDecimal scaled = rate.multiply(update);
        b = mu.multiply(b).add(scaled, DIGITS);
        p = p.subtract(rule.nesterov() ? scaled.add(mu.multiply(b)) : b, DIGITS);
      } else {
        b = mu.multiply(b).add(update, DIGITS);
        p = p.subtract(rate.multiply(rule.nesterov() ? update.add(mu.multiply(b)) : b), DIGITS);
      }
    }

    /** Has everything be kept in fewer digits. */
    void store(UnaryOperator<BigDecimal> rounding) {
      p = rounding.apply(p);
      v = rounding.apply(v);
      b = rounding.apply(b);
      m = rounding.apply(m);
    }

    BigDecimal get(Quantity quantity) {
      return switch (quantity) {
        case PARAMS -> p;
        case SQUARE_AVERAGE -> v;
        case MOMENTUM -> b;
        case GRADIENT_AVERAGE -> m;
      };
    }
  }

  /** The text of worked-out.json. */
  static String json() throws JsonProcessingException {
    ArrayNode cases = JSON.arrayNode();
    for (String type : List.of("FLOAT64", "FLOAT32")) {
      settings().forEach((name, rule) -> cases.add(workedOut(name, rule.build(), type)));
      NonFiniteCases.addTo(cases, type);
    }
    return json(cases);
  }

  /** The text of a file of cases. */
  static String json(ArrayNode cases) throws JsonProcessingException {
    ObjectNode file = JSON.objectNode().put("format", "rmsprop-conformance-1");
    file.set("cases", cases);
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    return JsonMapper.builder().build().writer(printer).writeValueAsString(file) + "\n";
  }

  private static ObjectNode workedOut(String name, RmsProp rule, String type) {
    Element[] elements = new Element[PARAMS.length];
    for (int i = 0; i < PARAMS.length; i++) {
      elements[i] = new Element(PARAMS[i], rule.initialSquareAverage());
    }
    ObjectNode json = header(name, "in 50 digits", rule, type);
    double[] rates = putInputs(json, name, GRADIENTS);
    ArrayNode expected = json.putArray("expected");
    for (int step = 0; step < GRADIENTS.length; step++) {
      for (int i = 0; i < PARAMS.length; i++) {
        elements[i].step(rule, rates[step], GRADIENTS[step][i]);
      }
      putExpected(expected, step, rule, elements);
    }
    return tolerance(json, type);
  }

  /** Learning rates, parameters and gradients; the first of these, one for each step. */
  static double[] putInputs(ObjectNode json, String name, double[][] gradients) {
    double[] rates = name.startsWith("rates-") ? RATES : ONE_RATE;
    if (rates == RATES) {
      putNumbers(json, "learningRates", rates);
    }
    putNumbers(json, "params", PARAMS);
    ArrayNode rows = json.putArray("gradients");
    for (double[] row : gradients) {
      addNumbers(rows.addArray(), row);
    }
    return rates;
  }

  /** What is there after a step. */
  static void putExpected(ArrayNode expected, int step, RmsProp rule, Element... elements) {
    ObjectNode after = expected.addObject().put("step", step + 1);
    for (Quantity quantity : Quantity.values()) {
      if (quantity.existsFor(rule)) {
        ArrayNode numbers = after.putArray(quantity.expectedKey());
        for (Element element : elements) {
          numbers.add(element.get(quantity).round(PRINTED));
        }
      }
    }
  }

  /** What a case begins with. */
  static ObjectNode header(String name, String how, RmsProp rule, String type) {
    ObjectNode json = JSON.objectNode();
    json.put("id", "worked-out-" + name + "-" + type.toLowerCase(Locale.ROOT));
    json.put("source", "Rootmean, worked out " + how + ", docs/conformance.md");
    ObjectNode settings = json.putObject("rule");
    settings.put("learningRate", exact(rule.learningRate()));
    settings.put("decay", exact(rule.decay()));
    settings.put("epsilon", exact(rule.epsilon()));
    settings.put("epsilonPlacement", rule.epsilonPlacement().name());
    settings.put("momentum", exact(rule.momentum()));
    settings.put("momentumForm", rule.momentumForm().name());
    settings.put("nesterov", rule.nesterov());
    settings.put("centered", rule.centered());
    settings.put("weightDecay", exact(rule.weightDecay()));
    settings.put("weightDecayMode", rule.weightDecayMode().name());
    settings.put("initialSquareAverage", exact(rule.initialSquareAverage()));
    settings.put("maximize", rule.maximize());
    json.put("dataType", type);
    return json;
  }

  /** What a case ends with: the tolerances that docs/conformance.md gives each type. */
  static ObjectNode tolerance(ObjectNode json, String type) {
    String rtol = "0";
    String atol = "0";
    if (type.equals("FLOAT32")) {
      rtol = "1e-6";
      atol = "1e-7";
    } else if (type.equals("FLOAT64")) {
      rtol = "1e-12";
      atol = "1e-14";
    }
    json.put("rtol", new BigDecimal(rtol));
    return json.put("atol", new BigDecimal(atol));
  }

  static void putNumbers(ObjectNode json, String key, double[] numbers) {
    addNumbers(json.putArray(key), numbers);
  }

  static void addNumbers(ArrayNode list, double[] numbers) {
    for (double number : numbers) {
      if (Double.isFinite(number)) {
        list.add(exact(number));
      } else {
        list.add(Double.toString(number));
      }
    }
  }

  private static BigDecimal exact(double number) {
    return new BigDecimal(number).round(PRINTED).stripTrailingZeros();
  }
}
