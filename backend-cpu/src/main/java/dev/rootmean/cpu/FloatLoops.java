package dev.rootmean.cpu;

import dev.rootmean.Coefficients;
import dev.rootmean.GradientDecision;

/**
 * The loops for floats, one method a variant.
 *
 * <p>C2 turns each loop into vector instructions as long as every array has the one index, nothing
 * branches, and the body stays under about 60 nodes (LoopUnrollLimit). Momentum with centering is
 * seven nodes over that, so it takes two loops with a scratch page between them.
 */
final class FloatLoops implements PageLoops {
  private static final int ROW = GradientDecision.LANES;
  private static final int EIGHT_ROWS = 8 * ROW;

  private float scale;
  private float l2;
  private float decay;
  private float oneMinusDecay;
  private float epsilonInside;
  private float epsilonOutside;
  private float shrink;
  private float outer;
  private float inner;
  private float momentum;
  private float ahead;
  private float along;

  @Override
  public void set(Coefficients k, double factor) {
    scale = (float) k.scale() * (float) factor; // exact, since the scale is 1 or -1
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
      float x = decay * v[i] + (oneMinusDecay * g) * g;
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
      float x = decay * v[i] + (oneMinusDecay * g) * g;
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
      float weighed = oneMinusDecay * g;
      float v1 = decay * v[i] + weighed * g;
      v[i] = v1;
      float m1 = decay * m[i] + weighed;
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
      float weighed = oneMinusDecay * g;
      float v1 = decay * v[i] + weighed * g;
      v[i] = v1;
      float m1 = decay * m[i] + weighed;
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

  @Override
  public void clip(Object grad, Object clipped, double factor, double bound, int lo, int hi) {
    clip((float[]) grad, (float[]) clipped, (float) factor, (float) bound, lo, hi);
  }

  private static void clip(
      float[] grad, float[] clipped, float factor, float bound, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      clipped[i] = Math.min(Math.max(factor * grad[i], -bound), bound);
    }
  }

  @Override
  public void add(Object addend, int from, Object target, int to, int count) {
    if (from == to) {
      add((float[]) addend, (float[]) target, to, to + count);
    } else {
      add((float[]) addend, from, (float[]) target, to, count);
    }
  }

  private static void add(float[] addend, float[] target, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      target[i] = target[i] + addend[i];
    }
  }

  private static void add(float[] addend, int from, float[] target, int to, int count) {
    for (int i = 0; i < count; i++) {
      target[to + i] = target[to + i] + addend[from + i];
    }
  }

  @Override
  public void addSquares(Object values, Object sums, int count) {
    addSquares((float[]) values, (float[]) sums, count);
  }

  private static void addSquares(float[] values, float[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = sums[i] + values[i] * values[i];
    }
  }

  @Override
  public void addSquaresOfPage(Object page, Object sums) {
    for (int row = 0; row < Pages.SIZE; row += EIGHT_ROWS) {
      addSquaresOfRows((float[]) page, (float[]) sums, row, row + ROW);
    }
  }

  /**
   * All indices differ by constants: C2 vectorises that, and distances that vary it does not. Eight
   * rows at a time keep more of the memory busy than fewer.
   */
  private static void addSquaresOfRows(float[] v, float[] sums, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      float sum = sums[i] + v[i] * v[i];
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
    fold((float[]) lanes);
  }

  /** The large folds are loops of their own, since C2 vectorises no distance that varies. */
  private static void fold(float[] s) {
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
