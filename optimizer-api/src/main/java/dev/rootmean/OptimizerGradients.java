package dev.rootmean;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What is done with the gradients of an {@link Optimizer} before they are stepped by. Those that
 * are to be measured or added up are first gathered in one row, in the places that the layout gives
 * them, unless they lie in such a row already.
 */
final class OptimizerGradients {
  private final OptimizerBackend backend;
  private final DataType type;

  /** Null for gradients as they are. */
  private final GradientDecision decision;

  /** By tensor: the buffer that is read instead of its own; null for none. */
  private final List<DeviceBuffer> bound = new ArrayList<>();

  /** Null if nothing is gathered. */
  private DeviceBuffer row;

  /** For so many gradients, which are measured together. */
  OptimizerGradients(OptimizerBackend backend, DataType type, long length, GradientPolicy policy) {
    this.backend = backend;
    this.type = type;
    this.decision =
        policy.equals(GradientPolicy.NONE)
            ? null
            : GradientDecision.allocate(backend, policy, type, length);
  }

  /**
   * Has a dynamic loss scale go on; a constant one is the policy's. Nothing is gathered yet.
   *
   * @throws IllegalArgumentException if the type cannot hold it; nothing has changed
   */
  void resume(Progress progress) {
    if (decision != null) {
      GradientPolicy.LossScale scale = decision.policy().lossScale();
      if (scale.isDynamic()) {
        decision.begin(Math.max(progress.lossScale(), scale.least()), progress.goodSteps());
      } else {
        decision.begin(scale.initial(), 0);
      }
    }
    if (accumulates() && row != null) {
      row.zero();
    }
  }

  /**
   * Goes on with more tensors.
   *
   * @param isRow whether the gradients of all but tables are one row already
   * @throws DeviceOutOfMemoryException if there is too little memory; nothing has changed
   */
  void extend(Layout layout, boolean isRow) {
    if (decision != null) {
      decision.ensureRoom(backend, layout.measured());
    }
    if (isGathered(isRow) && layout.length() > 0) {
      gatherIn(layout.length());
    }
    while (bound.size() < layout.tensors().size()) {
      bound.add(null);
    }
  }

  /** Whether gradients are copied to a row that is none of theirs. */
  boolean isGathered(boolean isRow) {
    return accumulates() || (measures() && !(isRow && bound.stream().allMatch(Objects::isNull)));
  }

  /** What is added up is as wide as it is computed in. */
  private DataType rowType() {
    return accumulates() ? type.compute() : type;
  }

  /** How much a row of so many elements takes. */
  double rowBytes(long length) {
    return (double) length * rowType().bytes();
  }

  /** Gathers in a row of so many elements from now on, which begins with what is gathered now. */
  private void gatherIn(long length) {
    DeviceBuffer longer = backend.allocate(rowType(), length);
    try {
      if (row != null) {
        longer.slice(0, row.length()).copyFrom(row);
      }
    } catch (Throwable e) {
      longer.close();
      throw e;
    }
    if (row != null) {
      row.close();
    }
    row = longer;
  }

  /**
   * Has the gradient of a tensor be read from a buffer from now on.
   *
   * @param length of the row that all tensors make
   * @return whether it was read from none before
   * @throws DeviceOutOfMemoryException as {@link #extend}
   */
  boolean bind(Layout.Tensor tensor, DeviceBuffer gradient, long length) {
    boolean isFirst = bound.get(tensor.index()) == null;
    if (isFirst && measures() && row == null) {
      gatherIn(length);
    }
    bound.set(tensor.index(), gradient);
    return isFirst;
  }

  /** The buffer that is read instead of a tensor's own gradient; null for none. */
  DeviceBuffer bound(Layout.Tensor tensor) {
    return bound.get(tensor.index());
  }

  /** What the gradients are gathered in; null if they are not. */
  DeviceBuffer row() {
    return row;
  }

  boolean accumulates() {
    return decision != null && decision.policy().microBatches() > 1;
  }

  boolean measures() {
    return decision != null && decision.policy().measures();
  }

  /** Null if the gradients are stepped by as they are. */
  GradientDecision decision() {
    return decision;
  }

  /**
   * Sets those that are bound to zero.
   *
   * @throws IllegalStateException if one is closed; nothing has changed
   */
  void zero() {
    for (DeviceBuffer buffer : bound) {
      if (buffer != null && !backend.owns(buffer)) {
        throw new IllegalStateException(
            "a gradient is closed, " + buffer + ": expected open buffers, to set them to zero");
      }
    }
    bound.stream().filter(Objects::nonNull).forEach(DeviceBuffer::zero);
  }

  void close() {
    if (row != null) {
      row.close();
    }
    if (decision != null) {
      decision.close();
    }
  }
}
