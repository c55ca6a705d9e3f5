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
  private final Group[] groups;
  private final RmsPropState[] states;
  private final DeviceBuffer parameters;
  private final DeviceBuffer gradients;

  /** The sum of the micro-batches' gradients; the gradients themselves if there is but one. */
  private final DeviceBuffer accumulated;

  /** Null for gradients as they are. */
  private final GradientDecision decision;

  /** What one launch steps; the gradients are those that are accumulated. */
  record Group(long offset, DeviceBuffer parameters, DeviceBuffer gradients, RmsPropState state) {}

  /**
   * Takes the memory.
   *
   * @throws DeviceOutOfMemoryException if there is too little; nothing is kept
   */
  OptimizerMemory(
      OptimizerBackend backend,
      DataType type,
      Map<String, OptimizerBuilder.Tensor> tensors,
      List<OptimizerBuilder.Group> layout,
      long length,
      GradientPolicy policy,
      Progress start) {
    this.tensors = new LinkedHashMap<>(tensors);
    this.groups = new Group[layout.size()];
    this.states = new RmsPropState[layout.size()];
    try {
      parameters = backend.allocate(type, length);
      gradients = backend.allocate(type, length);
      accumulated = policy.microBatches() == 1 ? gradients : backend.allocate(type, length);
      decision =
          policy.equals(GradientPolicy.NONE)
              ? null
              : decision(backend, policy, type, length, start);
      for (int i = 0; i < groups.length; i++) {
        OptimizerBuilder.Group group = layout.get(i);
        long size = group.end() - group.offset();
        states[i] = RmsPropState.take(backend, group.rule(), type, size);
        groups[i] =
            new Group(
                group.offset(),
                parameters.slice(group.offset(), size),
                accumulated.slice(group.offset(), size),
                states[i]);
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
    Group owner = groups[0];
    for (Group group : groups) {
      if (group.offset <= tensor.offset()) {
        owner = group;
      }
    }
    return owner.state.slice(tensor.offset() - owner.offset, tensor.length());
  }

  Group group(int index) {
    return groups[index];
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
