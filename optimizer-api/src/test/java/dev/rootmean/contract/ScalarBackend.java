package dev.rootmean.contract;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.spi.AbstractBackend;
import dev.rootmean.spi.BackendBuffer;
import java.nio.FloatBuffer;

/**
 * The simplest backend there is: scalar loops over heap arrays. It shows what a backend has to do,
 * stands in for one where a test needs any, and {@link Fault}s are planted in its hooks.
 */
public class ScalarBackend extends AbstractBackend<float[]> {
  float scale;
  float l2;
  float decay;
  float oneMinusDecay;
  float epsilonInside;
  float epsilonOutside;
  float shrink;
  float outer;
  float inner;
  float momentum;
  float ahead;
  float along;

  /** Opens a backend that calls itself {@code scalar}. */
  public ScalarBackend() {
    this(new BackendInfo("scalar", "a Java loop", Runtime.getRuntime().maxMemory(), true));
  }

  /**
   * Opens a backend that calls itself something else.
   *
   * @param info what it says about itself
   */
  public ScalarBackend(BackendInfo info) {
    super(info);
  }

  /** Rounds the coefficients. */
  void take(Coefficients k) {
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
  protected float[] allocateMemory(DataType type, long length) {
    if (length > Runtime.getRuntime().maxMemory() / type.bytes()) {
      throw new DeviceOutOfMemoryException(
          "scalar", "allocate", 0, "", length + " elements are more than the heap holds", null);
    }
    return new float[(int) length];
  }

  @Override
  protected void free(float[] memory) {}

  @Override
  protected void copyToDevice(BackendBuffer<float[]> target, long offset, FloatBuffer source) {
    source.get(target.memory(), (int) (target.offset() + offset), source.remaining());
  }

  @Override
  protected void copyFromDevice(BackendBuffer<float[]> source, long offset, FloatBuffer target) {
    target.put(source.memory(), (int) (source.offset() + offset), target.remaining());
  }

  @Override
  protected void queueStep(
      Coefficients k,
      BackendBuffer<float[]> params,
      BackendBuffer<float[]> grads,
      BackendBuffer<float[]> squareAverage,
      BackendBuffer<float[]> momentum,
      BackendBuffer<float[]> gradientAverage) {
    take(k);
    float[] p = params.memory();
    float[] v = squareAverage.memory();
    int count = count((int) params.length());
    int pi = start(params);
    int gi = start(grads);
    int vi = start(squareAverage);
    for (int i = 0; i < count; i++, pi++, gi++, vi++) {
      float g = scale * grads.memory()[gi] + l2 * p[pi];
      float x = average(v[vi], g * g);
      v[vi] = store(x);
      if (gradientAverage != null) {
        float m = average(gradientAverage.memory()[vi], g);
        gradientAverage.memory()[vi] = store(m);
        x = variance(x, m);
      }
      float update = divide(g, root(x + epsilonInside) + epsilonOutside);
      if (momentum != null) {
        float b = this.momentum * momentum.memory()[vi] + inner * update;
        momentum.memory()[vi] = store(b);
        update = ahead * b + along * update;
      }
      p[pi] = store(p[pi] - shrink * p[pi] - outer * update);
    }
  }

  @Override
  protected void awaitQueue() {}

  @Override
  protected void releaseDevice() {}

  int count(int length) {
    return length;
  }

  int start(BackendBuffer<float[]> buffer) {
    return (int) buffer.offset();
  }

  float average(float old, float sample) {
    return decay * old + oneMinusDecay * sample;
  }

  float variance(float v, float m) {
    return Math.abs(v - m * m);
  }

  float root(float x) {
    return (float) Math.sqrt(x);
  }

  float divide(float a, float b) {
    return a / b;
  }

  float store(float x) {
    return x;
  }
}
