package dev.rootmean.cli.conformance;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.EpsilonPlacement;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.RmsProp.WeightDecayMode;
import dev.rootmean.RmsPropBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One case of a conformance file: where a training starts, its gradients, and what must come out.
 * The file's format is docs/conformance.md.
 *
 * @param id what it is called
 * @param project whose numbers these are
 * @param type what everything is kept in
 * @param rules one for each step, which differ in nothing but the learning rate
 * @param start what the source gives of the parameters and accumulators before the first step
 * @param gradients one list for each step
 * @param expected what must come out, after some of the steps
 * @param rtol how far a number may be off, as a share of what is expected
 * @param atol how far a number may be off besides
 */
record ConformanceCase(
    String id,
    String project,
    DataType type,
    List<RmsProp> rules,
    Map<Quantity, double[]> start,
    List<double[]> gradients,
    List<Expected> expected,
    double rtol,
    double atol) {

  private static final List<String> KEYS =
      List.of(
          "id",
          "source",
          "rule",
          "dataType",
          "learningRates",
          "params",
          "initialSquareAverage",
          "initialMomentum",
          "initialGradAvg",
          "gradients",
          "expected",
          "rtol",
          "atol");

  private static final List<String> RULE_KEYS =
      List.of(
          "learningRate",
          "decay",
          "epsilon",
          "epsilonPlacement",
          "momentum",
          "momentumForm",
          "nesterov",
          "centered",
          "weightDecay",
          "weightDecayMode",
          "initialSquareAverage",
          "maximize");

  private static final List<String> EXPECTED_KEYS =
      List.of("step", "params", "squareAverage", "momentum", "gradAvg");

  /**
   * What must come out of a step.
   *
   * @param step its number, from 1
   * @param values what the source gives
   */
  record Expected(int step, Map<Quantity, double[]> values) {}

  /** The types that the format knows, with the largest number of each. */
  private enum Type {
    FLOAT32(Float.MAX_VALUE),
    FLOAT64(Double.MAX_VALUE),
    FLOAT16(65_504),
    BFLOAT16(0x1.FEp127);

    private final double largest;

    Type(double largest) {
      this.largest = largest;
    }
  }

  /**
   * Reads and checks a case.
   *
   * @param unnamed the case
   * @param file what a complaint begins with
   * @param position among the file's cases, from 1: its name where it has no other
   */
  static ConformanceCase of(CaseFields unnamed, String file, int position) {
    String id = unnamed.named(file + ": case " + position).text("id");
    CaseFields fields = unnamed.named(file + ": case " + id);
    fields.onlyKeys(KEYS);
    Type named = fields.oneOf("dataType", Type.class);
    double largest = named.largest;
    DataType type = DataType.valueOf(named.name());
    RmsProp rule = rule(fields.object("rule"), type);
    int length = fields.length(Quantity.PARAMS.startKey());
    List<double[]> gradients = fields.rows("gradients", length, "as params", largest);
    return new ConformanceCase(
        id,
        project(fields.text("source")),
        type,
        rules(fields, rule, gradients.size()),
        values(fields, Quantity::startKey, rule, length, largest),
        gradients,
        expected(fields, rule, gradients.size(), length, largest),
        fields.numberAtLeastZero("rtol"),
        fields.numberAtLeastZero("atol"));
  }

  /** The source's words before the first mark, version or qualified name. */
  private static String project(String source) {
    return source.split("[,(/]| \\S*[.\\d]", 2)[0].strip();
  }

  private static RmsProp rule(CaseFields fields, DataType type) {
    fields.onlyKeys(RULE_KEYS);
    RmsPropBuilder builder =
        RmsProp.builder()
            .learningRate(fields.number("learningRate"))
            .decay(fields.number("decay"))
            .epsilon(fields.number("epsilon"))
            .epsilonPlacement(fields.oneOf("epsilonPlacement", EpsilonPlacement.class))
            .momentum(fields.number("momentum"))
            .momentumForm(fields.oneOf("momentumForm", MomentumForm.class))
            .nesterov(fields.truth("nesterov"))
            .centered(fields.truth("centered"))
            .weightDecay(fields.number("weightDecay"))
            .weightDecayMode(fields.oneOf("weightDecayMode", WeightDecayMode.class))
            .initialSquareAverage(fields.number("initialSquareAverage"))
            .maximize(fields.truth("maximize"));
    try {
      RmsProp rule = builder.build();
      rule.requireFor(type);
      return rule;
    } catch (IllegalArgumentException e) { // its message begins with the key
      throw fields.complaint(e.getMessage());
    }
  }

  private static List<RmsProp> rules(CaseFields fields, RmsProp rule, int steps) {
    if (!fields.has("learningRates")) {
      return Collections.nCopies(steps, rule);
    }
    List<RmsProp> rules = new ArrayList<>();
    String one = "one for each of the gradients";
    for (double rate : fields.numbers("learningRates", steps, one, Float.MAX_VALUE)) {
      try {
        rules.add(rule.toBuilder().learningRate(rate).build());
      } catch (IllegalArgumentException e) {
        throw fields.complaint("learningRates[" + rules.size() + "]: " + e.getMessage());
      }
    }
    return rules;
  }

  private static List<Expected> expected(
      CaseFields fields, RmsProp rule, int steps, int length, double largest) {
    List<Expected> all = new ArrayList<>();
    for (CaseFields one : fields.objects("expected")) {
      one.onlyKeys(EXPECTED_KEYS);
      int step = one.wholeNumber("step", 1, steps);
      Map<Quantity, double[]> values = values(one, Quantity::expectedKey, rule, length, largest);
      if (values.isEmpty()) {
        throw one.complaint("step " + step + " has nothing: expected params or an accumulator");
      }
      all.add(new Expected(step, values));
    }
    return all;
  }

  private static Map<Quantity, double[]> values(
      CaseFields fields,
      Function<Quantity, String> keyOf,
      RmsProp rule,
      int length,
      double largest) {
    Map<Quantity, double[]> values = new EnumMap<>(Quantity.class);
    for (Quantity quantity : Quantity.values()) {
      String key = keyOf.apply(quantity);
      if (fields.has(key)) {
        if (!quantity.existsFor(rule)) {
          throw fields.complaint(key + ": the rule has none, see its momentum and centered");
        }
        values.put(quantity, fields.numbers(key, length, "as params", largest));
      }
    }
    return values;
  }
}
