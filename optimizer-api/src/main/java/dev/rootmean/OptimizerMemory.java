package dev.rootmean;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The flat buffers of an {@link Optimizer}, and the slices of them that tensors and groups are. */
final class OptimizerMemory {
  private final OptimizerBackend backend;
  private final Map<String, OptimizerBuilder.Tensor> tensors;
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final Group[] groups;
  private final DeviceBuffer parameters;
  private final DeviceBuffer gradients;

  /** The sum of the micro-batches' gradients; the gradients themselves if there is but one. */
  private final DeviceBuffer accumulated;

  /** Null for gradients as they are. */
  private final GradientControl control;

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
      GradientPolicy policy) {
    this.backend = backend;
    this.tensors = new LinkedHashMap<>(tensors);
    this.groups = new Group[layout.size()];
    boolean complete = false;
    try {
      parameters = buffer(type, length);
      gradients = buffer(type, length);
      accumulated = policy.microBatches() == 1 ? gradients : buffer(type, length);
      control = policy.equals(GradientPolicy.NONE) ? null : control(policy, type, length);
      for (int i = 0; i < groups.length; i++) {
        OptimizerBuilder.Group group = layout.get(i);
        long size = group.end() - group.offset();
        groups[i] =
            new Group(
                group.offset(),
                parameters.slice(group.offset(), size),
                accumulated.slice(group.offset(), size),
                state(group.rule(), type, size));
      }
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private DeviceBuffer buffer(DataType type, long length) {
    DeviceBuffer buffer = backend.allocate(type, length);
    closers.push(buffer::close);
    return buffer;
  }

  private GradientControl control(GradientPolicy policy, DataType type, long length) {
    GradientControl allocated = GradientControl.allocate(backend, policy, type, length);
    closers.push(allocated::close);
    return allocated;
  }

  private RmsPropState state(RmsProp rule, DataType type, long length) {
    RmsPropState state = RmsPropState.allocate(backend, rule, type, length);
    closers.push(state::close);
    return state;
  }

  Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  OptimizerBuilder.Tensor tensor(String name) {
    OptimizerBuilder.Tensor found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no parameter \"%s\": there is %s".formatted(name, String.join(", ", tensors.keySet())));
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
    return control != null && control.policy().microBatches() > 1;
  }

  GradientControl control() {
    return control;
  }

  void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
