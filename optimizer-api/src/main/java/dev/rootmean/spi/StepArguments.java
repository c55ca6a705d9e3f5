package dev.rootmean.spi;

import dev.rootmean.GradientDecision;
import java.util.Locale;

/** What the buffers of one step, or of a copy, must have in common. */
final class StepArguments {
  private StepArguments() {}

  /** Momentum, gradient average and decision may be null. */
  static <M> void check(
      MemoryRange<M> params,
      MemoryRange<M> grads,
      MemoryRange<M> squareAverage,
      MemoryRange<M> momentum,
      MemoryRange<M> gradientAverage,
      MemoryRange<M> decision) {
    requireLike(params, grads, "grads");
    requireLike(params, squareAverage, "state.squareAverage");
    requireApart(params, "params", grads, "grads");
    requireApart(params, "params", squareAverage, "state.squareAverage");
    requireApart(grads, "grads", squareAverage, "state.squareAverage");
    if (momentum != null) {
      requireLike(params, momentum, "state.momentum");
      requireApart(params, "params", momentum, "state.momentum");
      requireApart(grads, "grads", momentum, "state.momentum");
    }
    if (gradientAverage != null) {
      requireLike(params, gradientAverage, "state.gradientAverage");
      requireApart(params, "params", gradientAverage, "state.gradientAverage");
      requireApart(grads, "grads", gradientAverage, "state.gradientAverage");
    }
    if (decision != null) {
      requireType(params, "params", decision, "decision");
      requireApart(params, "params", decision, "decision");
      requireApart(grads, "grads", decision, "decision");
    }
    // The accumulators are apart from each other: each is an allocation of the state's own.
  }

  static <M> void checkPair(MemoryRange<M> source, String role, MemoryRange<M> target) {
    requireLike(target, "the target", source, role);
    requireApart(source, role, target, "the target");
  }

  static <M> void checkMeasure(MemoryRange<M> grads, MemoryRange<M> decision) {
    requireType(grads, "grads", decision, "decision");
    requireApart(grads, "grads", decision, "decision");
    long needed = GradientDecision.SUMS + GradientDecision.chunks(grads.length());
    if (decision.length() < needed) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "decision was allocated for at most %d gradients: expected room for %d",
              (decision.length() - GradientDecision.SUMS) * GradientDecision.CHUNK,
              grads.length()));
    }
  }

  private static void requireLike(MemoryRange<?> params, MemoryRange<?> other, String role) {
    requireLike(params, "params", other, role);
  }

  private static void requireLike(
      MemoryRange<?> model, String modelRole, MemoryRange<?> other, String role) {
    if (other.length() != model.length()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has length %d: expected that of %s, %d",
              role,
              other.length(),
              modelRole,
              model.length()));
    }
    requireType(model, modelRole, other, role);
  }

  private static void requireType(
      MemoryRange<?> model, String modelRole, MemoryRange<?> other, String role) {
    if (other.dataType() != model.dataType()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has type %s: expected that of %s, %s",
              role,
              other.dataType(),
              modelRole,
              model.dataType()));
    }
  }

  private static <M> void requireApart(
      MemoryRange<M> a, String aRole, MemoryRange<M> b, String bRole) {
    if (a.overlaps(b)) {
      throw new IllegalArgumentException(
          aRole + " and " + bRole + " overlap: expected buffers apart from each other");
    }
  }
}
