package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Rows;

/**
 * The step of a {@link dev.rootmean.contract.ScalarDevice}; faults are planted in what it is made
 * of.
 */
public class ScalarStep {
  double scale;
  double l2;
  double decay;
  double oneMinusDecay;
  double epsilonInside;
  double epsilonOutside;
  double shrink;
  double outer;
  double inner;
  double momentum;
  double ahead;
  double along;
  private final ScalarRow squareAverage = new ScalarRow("v");
  private final ScalarRow ofMomentum = new ScalarRow("b");
  private final ScalarRow gradientAverage = new ScalarRow("m");
  private final BlockCoding coding;
  private DataType type;
  private boolean isRandom;
  private long key;
  private long place;

  /** A step without a fault, unless it is overridden. */
  public ScalarStep() {
    this(new BlockCoding());
  }

  /** With blocks that are made otherwise. */
  ScalarStep(BlockCoding coding) {
    this.coding = coding;
  }

  /** Takes the coefficients, by their names. */
  void take(Kernel kernel, Numbers k) {
    scale = k.get(kernel.numbers().indexOf("scale"));
    l2 = k.get(kernel.numbers().indexOf("l2"));
    decay = k.get(kernel.numbers().indexOf("decay"));
    oneMinusDecay = k.get(kernel.numbers().indexOf("one_minus_decay"));
    epsilonInside = k.get(kernel.numbers().indexOf("epsilon_inside"));
    epsilonOutside = k.get(kernel.numbers().indexOf("epsilon_outside"));
    shrink = k.get(kernel.numbers().indexOf("shrink"));
    outer = k.get(kernel.numbers().indexOf("outer"));
    inner = k.get(kernel.numbers().indexOf("inner"));
    momentum = k.get(kernel.numbers().indexOf("momentum"));
    ahead = k.get(kernel.numbers().indexOf("ahead"));
    along = k.get(kernel.numbers().indexOf("along"));
  }

  /** To the type that the step is in: after every operation, which doubles are wide enough for. */
  final double round(double x) {
    return type.round(x);
  }

  /**
   * Steps all elements, unless the decision is to skip.
   *
   * @param kernel a step
   * @param k its coefficients
   * @param rows its rows
   */
  public final void run(Kernel kernel, Numbers k, Rows<TypedArray> rows) {
    run(kernel, k, rows, 0, 0, count((int) rows.length()));
  }

  /**
   * Steps some elements, unless the decision is to skip.
   *
   * @param kernel a step
   * @param k its coefficients
   * @param rows its rows
   * @param first element of all rows but the gradients
   * @param firstGradient the first of the gradients
   * @param count the number of elements
   */
  final void run(
      Kernel kernel, Numbers k, Rows<TypedArray> rows, int first, int firstGradient, int count) {
    type = kernel.compute();
    take(kernel, k);
    isRandom = kernel.rounding() == Rounding.RANDOM;
    key = rows.key();
    place = place(kernel, rows) + advanced(first);
    double factor = 1;
    double bound = Double.POSITIVE_INFINITY;
    int d = kernel.row("d");
    if (d >= 0) {
      int decision = (int) rows.offset(d);
      if (rows.memory(d).get(decision + DecisionField.SKIP.index()) != 0) {
        return;
      }
      factor = rows.memory(d).get(decision + DecisionField.FACTOR.index());
      bound = rows.memory(d).get(decision + DecisionField.BOUND.index());
    }
    TypedArray p = memory(kernel, rows, "p");
    TypedArray grads = memory(kernel, rows, "g");
    ScalarRow v = begin(squareAverage, "v", kernel, rows, first);
    ScalarRow b = begin(ofMomentum, "b", kernel, rows, first);
    ScalarRow m = begin(gradientAverage, "m", kernel, rows, first);
    TypedArray r = memory(kernel, rows, "r");
    int pi = start(kernel, rows, "p") + first;
    int gi = start(kernel, rows, "g") + firstGradient;
    int ri = start(kernel, rows, "r") + first;
    for (int i = 0; i < count; i++) {
      double grad = limit(round(factor * load(grads.get(gi + i), grads.type())), bound);
      double p0 = r == null ? p.get(pi + i) : joined(p.get(pi + i), r.get(ri + i));
      double g = round(round(scale * grad) + round(l2 * p0));
      double weighed = round(oneMinusDecay * g);
      double x = average(v.get(i), square(weighed, g));
      v.set(i, store(x, v.type(), "v", i));
      if (m != null) {
        double m1 = average(m.get(i), weighed);
        m.set(i, store(m1, m.type(), "m", i));
        x = variance(x, m1);
      }
      double update = divide(g, round(root(round(x + epsilonInside)) + epsilonOutside));
      if (b != null) {
        double b1 = round(round(momentum * b.get(i)) + round(inner * update));
        b.set(i, store(b1, b.type(), "b", i));
        update = round(round(ahead * b1) + round(along * update));
      }
      double shrunk = round(p0 - round(shrink * p0));
      double p1 = round(shrunk - round(outer * update));
      if (r == null) {
        p.set(pi + i, store(p1, p.type(), "p", i));
      } else {
        p.set(pi + i, store(ReferenceRounding.high(p1)));
        r.set(ri + i, ReferenceRounding.low(p1));
      }
    }
    v.end(coding, key, place);
    if (b != null) {
      b.end(coding, key, place);
    }
    if (m != null) {
      m.end(coding, key, place);
    }
  }

  private double store(double x, DataType kept, String row, int i) {
    double stored = store(x);
    if (kept == type || kept.isInBlocks()) { // which are rounded together
      return stored;
    }
    return isRandom ? rounded(stored, kept, key, place + i, row) : nearest(stored, kept);
  }

  private static TypedArray memory(Kernel kernel, Rows<TypedArray> rows, String name) {
    int row = kernel.row(name);
    return row < 0 ? null : rows.memory(row);
  }

  private ScalarRow begin(
      ScalarRow row, String name, Kernel kernel, Rows<TypedArray> rows, int first) {
    return row.begin(kernel, rows, start(kernel, rows, name) + first, coding);
  }

  private int start(Kernel kernel, Rows<TypedArray> rows, String name) {
    int row = kernel.row(name);
    return row < 0 ? 0 : start(kernel.rows().get(row), (int) rows.offset(row));
  }

  int count(int length) {
    return length;
  }

  /** A gradient as it is computed with. */
  double load(double grad, DataType type) {
    return grad;
  }

  /** Where a row begins. */
  int start(Row row, int offset) {
    return offset;
  }

  double limit(double grad, double bound) {
    return Math.max(-bound, Math.min(grad, bound));
  }

  double square(double weighed, double g) {
    return round(weighed * g);
  }

  double average(double old, double added) {
    return round(round(decay * old) + added);
  }

  double variance(double v, double m) {
    return Math.abs(round(v - round(m * m)));
  }

  double root(double x) {
    return round(Math.sqrt(x));
  }

  double divide(double a, double b) {
    return round(a / b);
  }

  double store(double x) {
    return x;
  }

  /** Where the first element is among all that random bits are told apart by. */
  long place(Kernel kernel, Rows<TypedArray> rows) {
    return rows.place();
  }

  /** How far behind it the element is that a row of a table begins with. */
  long advanced(int first) {
    return first;
  }

  double nearest(double x, DataType kept) {
    return ReferenceRounding.nearest(kept, x);
  }

  /** By the random bits of an element's row. */
  double rounded(double x, DataType kept, long key, long place, String row) {
    return ReferenceRounding.round(kept, x, ReferenceRounding.bits(key, place, row));
  }

  /** A parameter of its two halves. */
  double joined(double high, double low) {
    return ReferenceRounding.joined(high, low);
  }
}
