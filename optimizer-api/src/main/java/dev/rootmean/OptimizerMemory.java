package dev.rootmean;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The flat buffers of an {@link Optimizer}, and the slices of them that tensors and groups are. */
final class OptimizerMemory {
  private final Map<String, OptimizerBuilder.Tensor> tensors;
  private final List<OptimizerBuilder.Tensor> layout;
  private final List<OptimizerBuilder.Group> groups;
  private final RmsPropState[] states;
  private final DeviceBuffer parameters;
  private final DeviceBuffer gradients;

  /** The sum of the micro-batches' gradients; the gradients themselves if there is but one. */
  private final DeviceBuffer accumulated;

  /** Null for gradients as they are. */
  private final GradientDecision decision;

  /** What one launch steps, within a group; the gradients are those that are accumulated. */
  record Run(int group, DeviceBuffer parameters, DeviceBuffer gradients, RmsPropState state) {}

  /**
   * Takes the memory.
   *
   * @throws DeviceOutOfMemoryException if there is too little; nothing is kept
   */
  OptimizerMemory(
      OptimizerBackend backend,
      DataType type,
      Map<String, OptimizerBuilder.Tensor> tensors,
      List<OptimizerBuilder.Group> groups,
      long length,
      GradientPolicy policy,
      Progress start) {
    this.tensors = new LinkedHashMap<>(tensors);
    this.layout = List.copyOf(tensors.values());
    this.groups = groups;
    this.states = new RmsPropState[groups.size()];
    try {
      parameters = backend.allocate(type, length);
      gradients = backend.allocate(type, length);
      accumulated = policy.microBatches() == 1 ? gradients : backend.allocate(type, length);
      decision =
          policy.equals(GradientPolicy.NONE)
              ? null
              : decision(backend, policy, type, length, start);
      for (int i = 0; i < states.length; i++) {
        OptimizerBuilder.Group group = groups.get(i);
        states[i] = RmsPropState.take(backend, group.rule(), type, group.end() - group.offset());
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** A constant loss scale is the policy's, a dynamic one goes on. */
  private static GradientDecision decision(
      OptimizerBackend backend, GradientPolicy policy, DataType type, long length, Progress start) {
    GradientPolicy.LossScale scale = policy.lossScale();
    return scale.isDynamic()
        ? GradientDecision.allocate(
            backend,
            policy,
            type,
            length,
            Math.max(start.lossScale(), scale.least()),
            start.goodSteps())
        : GradientDecision.allocate(backend, policy, type, length);
  }

  Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  OptimizerBuilder.Tensor tensor(String name) {
    OptimizerBuilder.Tensor found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "no parameter \"%s\": there is %s",
              name,
              String.join(", ", tensors.keySet())));
    }
    return found;
  }

  DeviceBuffer parameter(String name) {
    OptimizerBuilder.Tensor tensor = tensor(name);
    return parameters.slice(tensor.offset(), tensor.length());
  }

  DeviceBuffer gradient(String name) {
    OptimizerBuilder.Tensor tensor = tensor(name);
    return gradients.slice(tensor.offset(), tensor.length());
  }

  RmsPropState state(String name) {
    OptimizerBuilder.Tensor tensor = tensor(name);
    int group = 0;
    while (groups.get(group).end() <= tensor.offset()) {
      group++;
    }
    return state(group, tensor.offset(), tensor.length());
  }

  private RmsPropState state(int group, long offset, long length) {
    return states[group].slice(offset - groups.get(group).offset(), length);
  }

  /** All tensors, in their order. */
  List<OptimizerBuilder.Tensor> layout() {
    return layout;
  }

  int groups() {
    return states.length;
  }

  /** Where a group's last tensor ends. */
  long end(int group) {
    return groups.get(group).end();
  }

  Run run(int group, long offset, long length) {
    return new Run(
        group,
        parameters.slice(offset, length),
        accumulated.slice(offset, length),
        state(group, offset, length));
  }

  DeviceBuffer parameters() {
    return parameters;
  }

  DeviceBuffer gradients() {
    return gradients;
  }

  DeviceBuffer accumulated() {
    return accumulated;
  }

  boolean accumulates() {
    return decision != null && decision.policy().microBatches() > 1;
  }

  GradientDecision decision() {
    return decision;
  }

  /** Also in the middle of being made, when there is no more than some of it. */
  void close() {
    for (RmsPropState state : states) {
      if (state != null) {
        state.close();
      }
    }
    if (decision != null) {
      decision.close();
    }
    if (accumulated != null) {
      accumulated.close();
    }
    if (gradients != null) {
      gradients.close();
    }
    if (parameters != null) {
      parameters.close();
    }
  }
}
