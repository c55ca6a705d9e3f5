package dev.rootmean.contract;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.DeviceCalls;
import dev.rootmean.spi.MemoryRange;
import java.nio.Buffer;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The simplest device there is: a scalar loop over heap arrays. It shows what a backend has to do,
 * stands in for one where a test needs any, and {@link Fault}s are planted in its hooks.
 */
public class ScalarDevice implements DeviceCalls<TypedArray> {
  private final BackendInfo info;
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
  private DataType type;
  private final IdentityHashMap<TypedArray, ReferencePolicy> policies = new IdentityHashMap<>();
  private double[] measured = {};

  /** Opens a backend that calls itself {@code scalar}. */
  public ScalarDevice() {
    this(
        new BackendInfo(
            "scalar",
            "a Java loop",
            Runtime.getRuntime().maxMemory(),
            true,
            Set.of(DataType.values())));
  }

  /**
   * Opens a backend that calls itself something else.
   *
   * @param info what it says about itself
   */
  public ScalarDevice(BackendInfo info) {
    this.info = info;
  }

  /**
   * Makes a backend of it, the one that this device is for.
   *
   * @return the open backend
   */
  public final OptimizerBackend open() {
    return new DeviceBackend<>(info, this);
  }

  /** Rounds the coefficients. */
  void take(Coefficients k) {
    scale = round(k.scale());
    l2 = round(k.l2());
    decay = round(k.decay());
    oneMinusDecay = round(k.oneMinusDecay());
    epsilonInside = round(k.epsilonInside());
    epsilonOutside = round(k.epsilonOutside());
    shrink = round(k.shrink());
    outer = round(k.outer());
    inner = round(k.inner());
    momentum = round(k.momentum());
    ahead = round(k.ahead());
    along = round(k.along());
  }

  /** To the type that the step is in: after every operation, which doubles are wide enough for. */
  final double round(double x) {
    return type.round(x);
  }

  @Override
  public TypedArray allocateMemory(DataType type, long length) {
    if (length > Runtime.getRuntime().maxMemory() / type.bytes()) {
      throw new DeviceOutOfMemoryException(
          "scalar", "allocate", 0, "", length + " elements are more than the heap holds", null);
    }
    return new TypedArray(type, (int) length);
  }

  @Override
  public void free(TypedArray memory) {}

  @Override
  public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
    target.memory().write((int) (target.offset() + offset), source);
  }

  @Override
  public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
    source.memory().read((int) (source.offset() + offset), target);
  }

  @Override
  public void queueCopy(MemoryRange<TypedArray> source, MemoryRange<TypedArray> target) {
    int from = (int) source.offset();
    int to = (int) target.offset();
    target.memory().copyFrom(source.memory(), from, to, (int) target.length());
  }

  @Override
  public void queueZero(MemoryRange<TypedArray> target) {
    for (int i = 0; i < target.length(); i++) {
      target.memory().set((int) target.offset() + i, 0);
    }
  }

  @Override
  public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {
    for (int i = 0; i < target.length(); i++) {
      int to = (int) target.offset() + i;
      double sum = target.memory().get(to) + addend.memory().get((int) addend.offset() + i);
      target.memory().set(to, sum);
    }
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<TypedArray> grads, MemoryRange<TypedArray> decision) {
    if (measured.length != grads.length()) {
      measured = new double[(int) grads.length()];
    }
    for (int i = 0; i < measured.length; i++) {
      measured[i] = grads.memory().get((int) grads.offset() + i);
    }
    ReferencePolicy reference = policies.get(decision.memory());
    if (reference == null) {
      reference = new ReferencePolicy(grads.dataType(), policy);
      policies.put(decision.memory(), reference);
    }
    reference.goOnFrom(decision.memory());
    decide(reference, measured);
    reference.writeTo(decision.memory());
  }

  void decide(ReferencePolicy policy, double[] grads) {
    policy.measure(grads);
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<TypedArray> params,
      MemoryRange<TypedArray> grads,
      MemoryRange<TypedArray> squareAverage,
      MemoryRange<TypedArray> momentum,
      MemoryRange<TypedArray> gradientAverage,
      MemoryRange<TypedArray> decision) {
    type = params.dataType();
    take(k);
    double factor = decision == null ? 1 : decision.memory().get(GradientDecision.FACTOR);
    double bound =
        decision == null ? Double.POSITIVE_INFINITY : decision.memory().get(GradientDecision.BOUND);
    if (decision != null && decision.memory().get(GradientDecision.SKIP) != 0) {
      return;
    }
    TypedArray p = params.memory();
    TypedArray v = squareAverage.memory();
    int count = count((int) params.length());
    int pi = start(params);
    int gi = start(grads);
    int vi = start(squareAverage);
    for (int i = 0; i < count; i++, pi++, gi++, vi++) {
      double grad = limit(round(factor * grads.memory().get(gi)), bound);
      double g = round(round(scale * grad) + round(l2 * p.get(pi)));
      double weighed = round(oneMinusDecay * g);
      double x = average(v.get(vi), square(weighed, g));
      v.set(vi, store(x));
      if (gradientAverage != null) {
        double m = average(gradientAverage.memory().get(vi), weighed);
        gradientAverage.memory().set(vi, store(m));
        x = variance(x, m);
      }
      double update = divide(g, round(root(round(x + epsilonInside)) + epsilonOutside));
      if (momentum != null) {
        double b = round(round(this.momentum * momentum.memory().get(vi)) + round(inner * update));
        momentum.memory().set(vi, store(b));
        update = round(round(ahead * b) + round(along * update));
      }
      double shrunk = round(p.get(pi) - round(shrink * p.get(pi)));
      p.set(pi, store(round(shrunk - round(outer * update))));
    }
  }

  @Override
  public void awaitQueue() {}

  @Override
  public void releaseDevice() {}

  int count(int length) {
    return length;
  }

  int start(MemoryRange<TypedArray> buffer) {
    return (int) buffer.offset();
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
}
