package dev.rootmean.cpu;

import dev.rootmean.Coefficients;

/**
 * The loops for floats, one method a variant.
 *
 * <p>C2 turns each loop into vector instructions as long as every array has the one index, nothing
 * branches, and the body stays under about 60 nodes (LoopUnrollLimit). Momentum with centering is
 * seven nodes over that, so it takes two loops with a scratch page between them.
 */
final class FloatLoops implements StepLoops {
  private final float scale;
  private final float l2;
  private final float decay;
  private final float oneMinusDecay;
  private final float epsilonInside;
  private final float epsilonOutside;
  private final float shrink;
  private final float outer;
  private final float inner;
  private final float momentum;
  private final float ahead;
  private final float along;

  FloatLoops(Coefficients k) {
    scale = (float) k.scale();
    l2 = (float) k.l2();
    decay = (float) k.decay();
    oneMinusDecay = (float) k.oneMinusDecay();
    epsilonInside = (float) k.epsilonInside();
    epsilonOutside = (float) k.epsilonOutside();
    shrink = (float) k.shrink();
    outer = (float) k.outer();
    inner = (float) k.inner();
    momentum = (float) k.momentum();
    ahead = (float) k.ahead();
    along = (float) k.along();
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
    float[] params = (float[]) p;
    float[] grads = (float[]) grad;
    float[] squareAverage = (float[]) v;
    if (m == null && b == null) {
      plain(params, grads, squareAverage, lo, hi);
    } else if (m == null) {
      momentum(params, grads, squareAverage, (float[]) b, lo, hi);
    } else if (b == null) {
      centered(params, grads, squareAverage, (float[]) m, lo, hi);
    } else {
      for (int i = lo; i < hi; i += block) {
        int end = Math.min(i + block, hi);
        normalise(params, grads, squareAverage, (float[]) m, (float[]) scratch, i, end);
        move(params, (float[]) b, (float[]) scratch, i, end);
      }
    }
  }

  private void plain(float[] p, float[] grad, float[] v, int lo, int hi) {
    float scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    float epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    float shrink = this.shrink, outer = this.outer;
    for (int i = lo; i < hi; i++) {
      float g = scale * grad[i] + l2 * p[i];
      float x = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = x;
      float u = g / ((float) Math.sqrt(x + epsilonInside) + epsilonOutside);
      p[i] = p[i] - shrink * p[i] - outer * u;
    }
  }

  private void momentum(float[] p, float[] grad, float[] v, float[] b, int lo, int hi) {
    float scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    float epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    float shrink = this.shrink, outer = this.outer, inner = this.inner, momentum = this.momentum;
    float ahead = this.ahead, along = this.along;
    for (int i = lo; i < hi; i++) {
      float g = scale * grad[i] + l2 * p[i];
      float x = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = x;
      float u = g / ((float) Math.sqrt(x + epsilonInside) + epsilonOutside);
      float b1 = momentum * b[i] + inner * u;
      b[i] = b1;
      p[i] = p[i] - shrink * p[i] - outer * (ahead * b1 + along * u);
    }
  }

  private void centered(float[] p, float[] grad, float[] v, float[] m, int lo, int hi) {
    float scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    float epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    float shrink = this.shrink, outer = this.outer;
    for (int i = lo; i < hi; i++) {
      float g = scale * grad[i] + l2 * p[i];
      float v1 = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = v1;
      float m1 = decay * m[i] + oneMinusDecay * g;
      m[i] = m1;
      float x = Math.abs(v1 - m1 * m1);
      float u = g / ((float) Math.sqrt(x + epsilonInside) + epsilonOutside);
      p[i] = p[i] - shrink * p[i] - outer * u;
    }
  }

  private void normalise(float[] p, float[] grad, float[] v, float[] m, float[] u, int lo, int hi) {
    float scale = this.scale, l2 = this.l2, decay = this.decay, oneMinusDecay = this.oneMinusDecay;
    float epsilonInside = this.epsilonInside, epsilonOutside = this.epsilonOutside;
    for (int i = lo; i < hi; i++) {
      float g = scale * grad[i] + l2 * p[i];
      float v1 = decay * v[i] + oneMinusDecay * (g * g);
      v[i] = v1;
      float m1 = decay * m[i] + oneMinusDecay * g;
      m[i] = m1;
      float x = Math.abs(v1 - m1 * m1);
      u[i] = g / ((float) Math.sqrt(x + epsilonInside) + epsilonOutside);
    }
  }

  private void move(float[] p, float[] b, float[] u, int lo, int hi) {
    float shrink = this.shrink, outer = this.outer, inner = this.inner, momentum = this.momentum;
    float ahead = this.ahead, along = this.along;
    for (int i = lo; i < hi; i++) {
      float b1 = momentum * b[i] + inner * u[i];
      b[i] = b1;
      p[i] = p[i] - shrink * p[i] - outer * (ahead * b1 + along * u[i]);
    }
  }
}
