package dev.rootmean.spi;

/** What the buffers of one step, or of a copy, must have in common. */
final class StepArguments {
  private StepArguments() {}

  /** Momentum and gradient average may be null. */
  static <M> void check(
      BackendBuffer<M> params,
      BackendBuffer<M> grads,
      BackendBuffer<M> squareAverage,
      BackendBuffer<M> momentum,
      BackendBuffer<M> gradientAverage) {
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
    // The accumulators are apart from each other: each is an allocation of the state's own.
  }

  static <M> void checkCopy(BackendBuffer<M> source, BackendBuffer<M> target) {
    requireLike(target, "the target", source, "source");
    requireApart(source, "source", target, "the target");
  }

  private static void requireLike(BackendBuffer<?> params, BackendBuffer<?> other, String role) {
    requireLike(params, "params", other, role);
  }

  private static void requireLike(
      BackendBuffer<?> model, String modelRole, BackendBuffer<?> other, String role) {
    if (other.length() != model.length()) {
      throw new IllegalArgumentException(
          "%s has length %d: expected that of %s, %d"
              .formatted(role, other.length(), modelRole, model.length()));
    }
    if (other.dataType() != model.dataType()) {
      throw new IllegalArgumentException(
          "%s has type %s: expected that of %s, %s"
              .formatted(role, other.dataType(), modelRole, model.dataType()));
    }
  }

  private static <M> void requireApart(
      BackendBuffer<M> a, String aRole, BackendBuffer<M> b, String bRole) {
    if (a.overlaps(b)) {
      throw new IllegalArgumentException(
          aRole + " and " + bRole + " overlap: expected buffers apart from each other");
    }
  }
}
