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

  /** Null where the backend steps in the host's memory. */
  private DeviceBuffer weights;

  private DeviceBuffer gradients;
  private RmsPropState state;

  /** Null if gradients are not clipped. */
  private GradientDecision clipping;

  private RmsProp rule;
  private int updates;

  /**
   * Takes the memory.
   *
   * @param rule the first to step by
   * @param updates how often it was stepped before
   */
  SteppedParameter(
      OptimizerBackend backend,
      boolean stepsHostMemory,
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
    try {
      state = RmsPropState.allocate(backend, rule, type, shape.size());
      if (!policy.equals(GradientPolicy.NONE)) {
        clipping = GradientDecision.allocate(backend, policy, type, shape.size());
      }
      if (!stepsHostMemory) {
        weights = backend.allocate(type, shape.size());
        gradients = backend.allocate(type, shape.size());
      }
    } catch (Throwable e) { // a full heap must not cost the device's memory
      close();
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
    if (weights == null) {
      try (DeviceBuffer p = backend.wrap(weight.memory());
          DeviceBuffer g = backend.wrap(gradient.memory())) {
        step(p, g);
      }
    } else {
      weights.write(0, weight.bytes());
      gradients.write(0, gradient.bytes());
      step(weights, gradients);
      weights.read(0, weight.bytes());
    }
    weight.writeBack();
    updates++;
  }

  private void step(DeviceBuffer p, DeviceBuffer g) {
    if (clipping == null) {
      backend.step(rule, p, g, state);
    } else {
      backend.step(rule, p, g, state, clipping);
    }
  }

  /** What RMSProp keeps, by the names that it is saved under. */
  Map<String, DeviceBuffer> accumulators() {
    Map<String, DeviceBuffer> named = new LinkedHashMap<>();
    named.put("squareAverage", state.squareAverage());
    state.momentum().ifPresent(b -> named.put("momentum", b));
    state.gradientAverage().ifPresent(m -> named.put("gradientAverage", m));
    return named;
  }

  /** Also in the middle of being made, when there is no more than some of it. */
  @Override
  public void close() {
    if (state != null) {
      state.close();
    }
    if (clipping != null) {
      clipping.close();
    }
    if (weights != null) {
      weights.close();
    }
    if (gradients != null) {
      gradients.close();
    }
  }
}
