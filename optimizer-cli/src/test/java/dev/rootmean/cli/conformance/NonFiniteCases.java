package dev.rootmean.cli.conformance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What becomes of NaN, of infinities, and of numbers whose square overflows or vanishes: worked by
 * hand from the formula of {@link RmsProp}, operation by operation, with 0·∞, ∞ − ∞, ∞ / ∞ and 0 /
 * 0 for NaN. All that is finite is exact in binary.
 *
 * <p>Decay, learning rate and momentum are ½, ε is 0. A row is p, v, and b or m where there is one:
 * each element is told by its start, its two gradients, and the rows after either step. An element
 * whose parameter is not finite is lost in the next step, because g = gradient + 0·p is NaN.
 */
final class NonFiniteCases {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private record Element(
      List<Double> start, List<Double> gradients, List<Double> first, List<Double> second) {}

  private final String type;
  private final double huge;
  private final double tiny;
  private final List<Element> elements = new ArrayList<>();

  private NonFiniteCases(String type) {
    this.type = type;
    // In the type, ½·huge² is infinite and (huge / 2)² is not; ½·tiny² is 0.
    huge = Math.scalb(1.5, type.equals("FLOAT32") ? 64 : 512);
    tiny = Math.scalb(1.0, type.equals("FLOAT32") ? -80 : -600);
  }

  static void addTo(ArrayNode cases, String type) {
    cases.add(new NonFiniteCases(type).plain());
    cases.add(new NonFiniteCases(type).momentum());
    cases.add(new NonFiniteCases(type).centered());
  }

  /** What 16 bits are too narrow for, though a float is not. */
  static void addNarrowTo(ArrayNode cases, String type) {
    cases.add(new NonFiniteCases(type).tooNarrow(type.equals("BFLOAT16")));
  }

  private static RmsPropBuilder rule() {
    return RmsProp.builder().learningRate(0.5).decay(0.5).epsilon(0);
  }

  private static List<Double> row(double... values) {
    return DoubleStream.of(values).boxed().toList();
  }

  private void element(
      List<Double> start,
      double gradient1,
      double gradient2,
      List<Double> first,
      List<Double> second) {
    elements.add(new Element(start, row(gradient1, gradient2), first, second));
  }

  private ObjectNode plain() {
    List<Double> start = row(10, 23);
    List<Double> lost = row(NAN, NAN);
    // A neighbour stays what it is: v = ½·23 + ½·9 = 16 and u = ¾, then v = 16 and u = 1.
    element(start, 3, 4, row(9.625, 16), row(9.125, 16));
    element(start, NAN, 4, lost, lost);
    element(start, INF, 4, row(NAN, INF), lost); // u = ∞ / ∞
    element(start, -INF, 4, row(NAN, INF), lost);
    element(start, 3, INF, row(9.625, 16), row(NAN, INF));
    element(start, huge, 4, row(10, INF), row(10, INF)); // u = huge / ∞ = 0, and so on for ever
    // (35·x)² is infinite, and its half is not: v = ½·343·x² + ½·35²·x² = (28·x)², u = 35 / 28.
    double x = Math.scalb(1.0, type.equals("FLOAT32") ? 59 : 507);
    element(row(10, 343 * x * x), 35 * x, 0, row(9.375, 784 * x * x), row(9.375, 392 * x * x));
    element(row(10, 0), tiny, 4, row(-INF, 0), lost); // u = tiny / 0
    element(row(10, 0), -tiny, 4, row(INF, 0), lost);
    element(row(10, 0), 0, 4, row(NAN, 0), lost); // u = 0 / 0
    element(row(INF, 23), 3, 4, lost, lost);
    element(row(NAN, 23), 3, 4, lost, lost);
    element(row(10, INF), 3, 4, row(10, INF), row(10, INF)); // u = 3 / ∞
    element(row(10, NAN), 3, 4, lost, lost);
    return json("non-finite-plain", rule().build());
  }

  /** A step is by v as it is computed; the next one is by what was kept of that. */
  private ObjectNode tooNarrow(boolean isBfloat16) {
    // u = √2 by what follows: p = 10 - ½·√2 is 148.69 sixteenths, or 1189.49 of 128 parts of one,
    double once = isBfloat16 ? 149 / 16.0 : 1189 / 128.0;
    // and with the same u again 149 - 11.31 = 137.69 sixteenths, or 1189 - 90.51 = 1098.49 parts.
    double twice = isBfloat16 ? 138 / 16.0 : 1098 / 128.0;
    element(row(10, 23), 3, 4, row(9.625, 16), row(9.125, 16)); // as in the plain case
    element(row(10, 23), NAN, 4, row(NAN, NAN), row(NAN, NAN));
    // v = ½·small² is less than half of the least number: 0 is kept.
    double small = isBfloat16 ? 0x1p-67 : 0x1p-13;
    element(row(10, 0), small, small, row(once, 0), row(twice, 0));
    // v = ½·large² is beyond the largest number, also rounded: ∞ is kept, and then u = 4 / ∞.
    double large = isBfloat16 ? 181 * 0x1p57 : 512;
    element(row(10, 0), large, 4, row(once, INF), row(once, INF));
    // v = 1½ and 2½ of the least number are in the middle: both become 2 of it, and then 1.
    double least = isBfloat16 ? 0x1p-133 : 0x1p-24;
    element(row(10, 3 * least), 0, 0, row(10, 2 * least), row(10, least));
    element(row(10, 5 * least), 0, 0, row(10, 2 * least), row(10, least));
    return json("too-narrow", rule().build());
  }

  private ObjectNode momentum() {
    List<Double> start = row(10, 23, 0);
    List<Double> lost = row(NAN, NAN, NAN);
    // b = ¾, p = 10 - ½·¾; then b = ½·¾ + 1, p = 9⅝ - ½·1⅜
    element(start, 3, 4, row(9.625, 16, 0.75), row(8.9375, 16, 1.375));
    element(start, NAN, 4, lost, lost);
    element(start, INF, 4, row(NAN, INF, NAN), lost);
    // u = 0, and the momentum runs out: p = 10 - ½·½, then 9¾ - ½·¼
    element(row(10, 23, 1), huge, 4, row(9.75, INF, 0.5), row(9.625, INF, 0.25));
    element(row(10, INF, 1), 3, 4, row(9.75, INF, 0.5), row(9.625, INF, 0.25));
    element(row(10, 0, 0), tiny, 4, row(NAN, 0, INF), lost); // u = ∞, and along·u = 0·∞
    element(row(10, 23, INF), 3, 4, row(-INF, 16, INF), lost);
    element(row(10, 23, NAN), 3, 4, row(NAN, 16, NAN), lost);
    return json("non-finite-momentum", rule().momentum(0.5).build());
  }

  private ObjectNode centered() {
    List<Double> start = row(10, 1, -1);
    List<Double> lost = row(NAN, NAN, NAN);
    // v = ½ + 4½, m = -½ + 1½, u = 3 / √(5 - 1); then v = 2½, m = ½, u = 0
    element(start, 3, 0, row(9.25, 5, 1), row(9.25, 2.5, 0.5));
    element(start, NAN, 0, lost, lost);
    element(start, INF, 0, row(NAN, INF, INF), lost); // x = |∞ - ∞|
    element(start, -INF, 0, row(NAN, INF, -INF), lost);
    // x = ∞ - (huge / 2)² = ∞, u = 0
    element(row(10, 0, 0), huge, 0, row(10, INF, huge / 2), row(10, INF, huge / 4));
    element(row(10, 0, 0), 2 * huge, 0, row(NAN, INF, huge), lost); // x = ∞ - huge²
    element(row(10, INF, -1), 3, 0, row(10, INF, 1), row(10, INF, 0.5));
    element(row(10, 1, INF), 3, 0, row(10, 5, INF), row(10, 2.5, INF)); // x = |5 - ∞|
    element(row(10, 1, NAN), 3, 0, row(NAN, 5, NAN), lost);
    element(row(10, 1, 1), 1, 0, row(-INF, 1, 1), lost); // x = 1 - 1², u = 1 / 0
    return json("non-finite-centered", rule().centered(true).build());
  }

  private ObjectNode json(String name, RmsProp rule) {
    List<Quantity> quantities =
        Stream.of(Quantity.values()).filter(quantity -> quantity.existsFor(rule)).toList();
    ObjectNode json = WorkedOutCases.header(name, "by hand", rule, type);
    put(json, quantities, Quantity::startKey, Element::start);
    ArrayNode gradients = json.putArray("gradients");
    for (int step = 0; step < 2; step++) {
      int i = step;
      WorkedOutCases.addNumbers(
          gradients.addArray(), elements.stream().mapToDouble(e -> e.gradients().get(i)).toArray());
    }
    ArrayNode expected = json.putArray("expected");
    put(expected.addObject().put("step", 1), quantities, Quantity::expectedKey, Element::first);
    put(expected.addObject().put("step", 2), quantities, Quantity::expectedKey, Element::second);
    return WorkedOutCases.tolerance(json, type);
  }

  private void put(
      ObjectNode json,
      List<Quantity> quantities,
      Function<Quantity, String> key,
      Function<Element, List<Double>> row) {
    for (int i = 0; i < quantities.size(); i++) {
      int column = i;
      WorkedOutCases.putNumbers(
          json,
          key.apply(quantities.get(i)),
          elements.stream().mapToDouble(element -> row.apply(element).get(column)).toArray());
    }
  }
}
