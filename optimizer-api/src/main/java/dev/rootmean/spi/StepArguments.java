package dev.rootmean.spi;

/** What the buffers of one step must have in common. */
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

  private static void requireLike(BackendBuffer<?> params, BackendBuffer<?> other, String role) {
    if (other.length() != params.length()) {
      throw new IllegalArgumentException(
          role + " has length " + other.length() + ": expected that of params, " + params.length());
    }
    if (other.dataType() != params.dataType()) {
      throw new IllegalArgumentException(
          role
              + " has type "
              + other.dataType()
              + ": expected that of params, "
              + params.dataType());
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
