package dev.rootmean.djl;

import ai.djl.ndarray.types.Shape;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.LinkedHashMap;
import java.util.Map;

/** A parameter that is stepped, and what is kept of it between steps. */
final class SteppedParameter implements AutoCloseable {
  private final OptimizerBackend backend;
  private final DataType type;
  private final Shape shape;
  private final ArrayBuffer weights;
  private final ArrayBuffer gradients;
  private final RmsPropState state;

  /** Null if gradients are not clipped. */
  private final GradientDecision clipping;

  private RmsProp rule;
  private int updates;

  /**
   * Takes the memory.
   *
   * @param wraps whether the backend steps in the host's memory
   * @param rule the first to step by
   * @param updates how often it was stepped before
   */
  SteppedParameter(
      OptimizerBackend backend,
      boolean wraps,
      RmsProp rule,
      GradientPolicy policy,
      DataType type,
      Shape shape,
      int updates) {
    this.backend = backend;
    this.type = type;
    this.shape = shape;
    this.rule = rule;
    this.updates = updates;
    weights = new ArrayBuffer(backend, wraps);
    gradients = new ArrayBuffer(backend, wraps);
    state = RmsPropState.allocate(backend, rule, type, shape.size());
    try {
      clipping =
          policy.equals(GradientPolicy.NONE)
              ? null
              : GradientDecision.allocate(backend, policy, type, shape.size());
    } catch (Throwable e) { // a full heap must not cost the device's memory
      state.close();
      throw e;
    }
  }

  int updates() {
    return updates;
  }

  DataType type() {
    return type;
  }

  Shape shape() {
    return shape;
  }

  void step(double learningRate, HostArray weight, HostArray gradient) {
    if (learningRate != rule.learningRate()) { // a backend knows a rule again by its reference
      rule = rule.toBuilder().learningRate(learningRate).build();
    }
    DeviceBuffer p = weights.load(weight);
    DeviceBuffer g = gradients.load(gradient);
    if (clipping == null) {
      backend.step(rule, p, g, state);
    } else {
      backend.step(rule, p, g, state, clipping);
    }
    weights.store(weight);
    updates++;
  }

  /** What RMSProp keeps, by the names that it is saved under. */
  Map<String, DeviceBuffer> accumulators() {
    Map<String, DeviceBuffer> named = new LinkedHashMap<>();
    named.put("squareAverage", state.squareAverage());
    state.momentum().ifPresent(b -> named.put("momentum", b));
    state.gradientAverage().ifPresent(m -> named.put("gradientAverage", m));
    return named;
  }

  @Override
  public void close() {
    weights.close();
    gradients.close();
    state.close();
    if (clipping != null) {
      clipping.close();
    }
  }
}
