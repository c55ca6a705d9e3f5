package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.GradientDecision;

/**
 * The loops for doubles: those of {@link FloatLoops}, which C2 must be given for each type apart.
 */
final class DoubleLoops implements PageLoops {
  private static final int ROW = GradientDecision.LANES;
  private static final int EIGHT_ROWS = 8 * ROW;

  private double scale;
  private double l2;
  private double decay;
  private double oneMinusDecay;
  private double epsilonInside;
  private double epsilonOutside;
  private double shrink;
  private double outer;
  private double inner;
  private double momentum;
  private double ahead;
  private double along;

  @Override
  public void set(Coefficients k, double factor) {
    scale = k.scale() * factor; // exact, since the scale is 1 or -1
    l2 = k.l2();
    decay = k.decay();
    oneMinusDecay = k.oneMinusDecay();
    epsilonInside = k.epsilonInside();
    epsilonOutside = k.epsilonOutside();
    shrink = k.shrink();
    outer = k.outer();
    inner = k.inner();
    momentum = k.momentum();
    ahead = k.ahead();
    along = k.along();
  }

  @Override
  public void step(
      Object p,
      Object grad,
      Object v,
      Object b,
      Object m,
      Object scratch,
      int lo,
      int hi,
      int block) {
    double[] params = (double[]) p;
    double[] grads = (double[]) grad;
    double[] squareAverage = (double[]) v;
    if (m == null && b == null) {
      plain(params, grads, squareAverage, lo, hi);
    } else if (m == null) {
      momentum(params, grads, squareAverage, (double[]) b, lo, hi);
    } else if (b == null) {
      centered(params, grads, squareAverage, (double[]) m, lo, hi);
    } else {
      for (int i = lo; i < hi; i += block) {
        int end = Math.min(i + block, hi);
        normalise(params, grads, squareAverage, (double[]) m, (double[]) scratch, i, end);
        move(params, (double[]) b, (double[]) scratch, i, end);
      }
    }
  }

  private void plain(double[] p, double[] grad, double[] v, int lo, int hi) {
    double scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    double epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    double shrink = this.shrink, outer = this.outer;
    for (int i = lo; i < hi; i++) {
      double g = scale * grad[i] + l2 * p[i];
      double x = decay * v[i] + (oneMinusDecay * g) * g;
      v[i] = x;
      double u = g / (Math.sqrt(x + epsilonInside) + epsilonOutside);
      p[i] = p[i] - shrink * p[i] - outer * u;
    }
  }

  private void momentum(double[] p, double[] grad, double[] v, double[] b, int lo, int hi) {
    double scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    double epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    double shrink = this.shrink, outer = this.outer, inner = this.inner, momentum = this.momentum;
    double ahead = this.ahead, along = this.along;
    for (int i = lo; i < hi; i++) {
      double g = scale * grad[i] + l2 * p[i];
      double x = decay * v[i] + (oneMinusDecay * g) * g;
      v[i] = x;
      double u = g / (Math.sqrt(x + epsilonInside) + epsilonOutside);
      double b1 = momentum * b[i] + inner * u;
      b[i] = b1;
      p[i] = p[i] - shrink * p[i] - outer * (ahead * b1 + along * u);
    }
  }

  private void centered(double[] p, double[] grad, double[] v, double[] m, int lo, int hi) {
    double scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    double epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    double shrink = this.shrink, outer = this.outer;
    for (int i = lo; i < hi; i++) {
      double g = scale * grad[i] + l2 * p[i];
      double weighed = oneMinusDecay * g;
      double v1 = decay * v[i] + weighed * g;
      v[i] = v1;
      double m1 = decay * m[i] + weighed;
      m[i] = m1;
      double x = Math.abs(v1 - m1 * m1);
      double u = g / (Math.sqrt(x + epsilonInside) + epsilonOutside);
      p[i] = p[i] - shrink * p[i] - outer * u;
    }
  }

  private void normalise(
      double[] p, double[] grad, double[] v, double[] m, double[] u, int lo, int hi) {
    double scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    double epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    for (int i = lo; i < hi; i++) {
      double g = scale * grad[i] + l2 * p[i];
      double weighed = oneMinusDecay * g;
      double v1 = decay * v[i] + weighed * g;
      v[i] = v1;
      double m1 = decay * m[i] + weighed;
      m[i] = m1;
      double x = Math.abs(v1 - m1 * m1);
      u[i] = g / (Math.sqrt(x + epsilonInside) + epsilonOutside);
    }
  }

  private void move(double[] p, double[] b, double[] u, int lo, int hi) {
    double shrink = this.shrink, outer = this.outer, inner = this.inner, momentum = this.momentum;
    double ahead = this.ahead, along = this.along;
    for (int i = lo; i < hi; i++) {
      double b1 = momentum * b[i] + inner * u[i];
      b[i] = b1;
      p[i] = p[i] - shrink * p[i] - outer * (ahead * b1 + along * u[i]);
    }
  }

  @Override
  public void clip(Object grad, Object clipped, double factor, double bound, int lo, int hi) {
    clip((double[]) grad, (double[]) clipped, factor, bound, lo, hi);
  }

  private static void clip(
      double[] grad, double[] clipped, double factor, double bound, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      clipped[i] = Math.min(Math.max(factor * grad[i], -bound), bound);
    }
  }

  @Override
  public void add(Object addend, int from, Object target, int to, int count) {
    if (from == to) {
      add((double[]) addend, (double[]) target, to, to + count);
    } else {
      add((double[]) addend, from, (double[]) target, to, count);
    }
  }

  private static void add(double[] addend, double[] target, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      target[i] = target[i] + addend[i];
    }
  }

  private static void add(double[] addend, int from, double[] target, int to, int count) {
    for (int i = 0; i < count; i++) {
      target[to + i] = target[to + i] + addend[from + i];
    }
  }

  @Override
  public void addSquares(Object values, Object sums, int count) {
    addSquares((double[]) values, (double[]) sums, count);
  }

  private static void addSquares(double[] values, double[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = sums[i] + values[i] * values[i];
    }
  }

  @Override
  public void addSquaresOfPage(Object page, Object sums) {
    for (int row = 0; row < Pages.SIZE; row += EIGHT_ROWS) {
      addSquaresOfRows((double[]) page, (double[]) sums, row, row + ROW);
    }
  }

  /**
   * All indices differ by constants: C2 vectorises that, and distances that vary it does not. Eight
   * rows at a time keep more of the memory busy than fewer.
   */
  private static void addSquaresOfRows(double[] v, double[] sums, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      double sum = sums[i] + v[i] * v[i];
      sum = sum + v[i + ROW] * v[i + ROW];
      sum = sum + v[i + 2 * ROW] * v[i + 2 * ROW];
      sum = sum + v[i + 3 * ROW] * v[i + 3 * ROW];
      sum = sum + v[i + 4 * ROW] * v[i + 4 * ROW];
      sum = sum + v[i + 5 * ROW] * v[i + 5 * ROW];
      sum = sum + v[i + 6 * ROW] * v[i + 6 * ROW];
      sums[i + EIGHT_ROWS] = sum + v[i + 7 * ROW] * v[i + 7 * ROW];
    }
  }

  @Override
  public void fold(Object lanes) {
    fold((double[]) lanes);
  }

  /** The large folds are loops of their own, since C2 vectorises no distance that varies. */
  private static void fold(double[] s) {
    for (int i = 0; i < ROW / 2; i++) {
      s[i] = s[i] + s[i + ROW / 2];
    }
    for (int i = 0; i < ROW / 4; i++) {
      s[i] = s[i] + s[i + ROW / 4];
    }
    for (int i = 0; i < ROW / 8; i++) {
      s[i] = s[i] + s[i + ROW / 8];
    }
    for (int half = ROW / 16; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        s[i] = s[i] + s[i + half];
      }
    }
  }
}
