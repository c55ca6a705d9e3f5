package dev.rootmean.cpu;

import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/**
 * The step for floats, one method a variant.
 *
 * <p>C2 turns each loop into vector instructions as long as every array has the one index, nothing
 * branches, and the body stays under about 60 nodes (LoopUnrollLimit). Momentum with centering is
 * seven nodes over that, so it takes two loops with a scratch array between them.
 */
final class FloatStep implements Loops {
  /** Elements that are likely in some cache between two steps, and are not beyond. */
  private static final int CACHED = 1 << 20;

  /**
   * What two loops take in turn where memory is what limits: few enough elements that the second
   * loop finds them in L1.
   */
  private static final int BLOCK = 1_024;

  /** The same in a cache, where the start of a loop counts: it costs some twenty elements. */
  private static final int CACHED_BLOCK = 8_192;

  private final ForeignSteps foreign;
  private final int momentumRow;
  private final int averageRow;
  private final int decisionRow;

  private Numbers numbers;
  private float factor;
  private float bound;

  /** What the loops multiply gradients by: 1 if clipping has done it before them. */
  private float factorInLoops;

  private int block;

  /** All of the following, for steps in place. */
  private final float[] k = new float[12];

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

  FloatStep(Kernel kernel, ForeignSteps foreign) {
    this.foreign = foreign;
    momentumRow = kernel.row("b");
    averageRow = kernel.row("m");
    decisionRow = kernel.row("d");
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the same rule comes with the same numbers
  public boolean begin(Numbers numbers, Rows<CpuMemory> rows, long elements) {
    factor = 1;
    bound = Float.POSITIVE_INFINITY;
    if (decisionRow >= 0) {
      if (FloatDecision.get(rows, decisionRow, DecisionField.SKIP) != 0) {
        return false;
      }
      factor = FloatDecision.get(rows, decisionRow, DecisionField.FACTOR);
      bound = FloatDecision.get(rows, decisionRow, DecisionField.BOUND);
    }
    float inLoops = clips() ? 1 : factor;
    if (numbers != this.numbers || inLoops != factorInLoops) {
      this.numbers = null; // until all are set: at the end of the stack that may fail
      set(numbers, inLoops);
      this.numbers = numbers;
      factorInLoops = inLoops;
    }
    block = elements <= CACHED ? CACHED_BLOCK : BLOCK;
    return true;
  }

  private void set(Numbers numbers, float factor) {
    for (int i = 0; i < k.length; i++) { // in the order of the kernel's numbers
      k[i] = (float) numbers.get(i);
    }
    k[0] *= factor; // exact, since the scale is 1 or -1
    scale = k[0];
    l2 = k[1];
    decay = k[2];
    oneMinusDecay = k[3];
    epsilonInside = k[4];
    epsilonOutside = k[5];
    shrink = k[6];
    outer = k[7];
    inner = k[8];
    momentum = k[9];
    ahead = k[10];
    along = k[11];
  }

  private boolean clips() {
    return bound != Float.POSITIVE_INFINITY;
  }

  /** One for the two loops, and one for what clipping leaves. */
  @Override
  public int scratches() {
    return clips() ? 2 : momentumRow >= 0 && averageRow >= 0 ? 1 : 0;
  }

  @Override
  public int quarters() {
    return 4;
  }

  @Override
  public void run(Span span) {
    float[] grads = (float[]) span.array(1);
    int lo = span.from(0);
    int hi = lo + span.count();
    if (!clips()) {
      step(span, grads, lo, hi);
      return;
    }
    float[] clipped = (float[]) span.scratch(1);
    for (int i = lo; i < hi; i += block) {
      int end = Math.min(i + block, hi);
      clip(grads, clipped, factor, bound, i, end);
      step(span, clipped, i, end);
    }
  }

  /** What clipping leaves is in an array. */
  @Override
  public boolean takeForeign() {
    return foreign != null && !clips();
  }

  @Override
  public int runInPlace(Span span) {
    float[] v = (float[]) span.array(2);
    float[] b = momentumRow < 0 ? null : (float[]) span.array(momentumRow);
    float[] m = averageRow < 0 ? null : (float[]) span.array(averageRow);
    return foreign.step(k, span.address(0), span.address(1), v, b, m, span.from(2), span.count());
  }

  private static void clip(
      float[] grad, float[] clipped, float factor, float bound, int lo, int hi) {
    for (int i = lo; i < hi; i++) {
      clipped[i] = Math.min(Math.max(factor * grad[i], -bound), bound);
    }
  }

  private void step(Span span, float[] grads, int lo, int hi) {
    float[] p = (float[]) span.array(0);
    float[] v = (float[]) span.array(2);
    if (momentumRow < 0 && averageRow < 0) {
      plain(p, grads, v, lo, hi);
    } else if (averageRow < 0) {
      momentum(p, grads, v, (float[]) span.array(momentumRow), lo, hi);
    } else if (momentumRow < 0) {
      centered(p, grads, v, (float[]) span.array(averageRow), lo, hi);
    } else {
      float[] b = (float[]) span.array(momentumRow);
      float[] m = (float[]) span.array(averageRow);
      float[] u = (float[]) span.scratch(0);
      for (int i = lo; i < hi; i += block) {
        int end = Math.min(i + block, hi);
        normalise(p, grads, v, m, u, i, end);
        move(p, b, u, i, end);
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
}
