package dev.rootmean.cpu;

import dev.rootmean.Coefficients;

/**
 * The loops for doubles: those of {@link FloatLoops}, which C2 must be given for each type apart.
 */
final class DoubleLoops implements StepLoops {
  private final double scale;
  private final double l2;
  private final double decay;
  private final double oneMinusDecay;
  private final double epsilonInside;
  private final double epsilonOutside;
  private final double shrink;
  private final double outer;
  private final double inner;
  private final double momentum;
  private final double ahead;
  private final double along;

  DoubleLoops(Coefficients k) {
    scale = k.scale();
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
      double x = decay * v[i] + oneMinusDecay * (g * g);
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
      double x = decay * v[i] + oneMinusDecay * (g * g);
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
      double v1 = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = v1;
      double m1 = decay * m[i] + oneMinusDecay * g;
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
      double v1 = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = v1;
      double m1 = decay * m[i] + oneMinusDecay * g;
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
}
