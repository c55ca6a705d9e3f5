package dev.rootmean.cli.bench;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One thing to measure on a backend.
 *
 * @param layout what a step updates
 * @param variant how
 * @param type of parameters, gradients and accumulators
 * @param normClip the largest norm of the gradients, which are then checked for overflow too
 */
record BenchPoint(
    TensorLayout layout, StepVariant variant, DataType type, OptionalDouble normClip) {

  GradientPolicy policy() {
    return normClip.isPresent()
        ? GradientPolicy.NONE
            .withNormClip(normClip.getAsDouble())
            .withNonFinite(NonFinite.SKIP_STEP)
        : GradientPolicy.NONE;
  }

  /** Whether there is more to a step than one flat buffer, so that both are measured. */
  boolean wantsOptimizer() {
    return layout.tensors().size() > 1 || normClip.isPresent();
  }

  String optimizerVariant() {
    return variant + (normClip.isPresent() ? "+norm-clip" : "");
  }

  /** What a plain step must move: parameters and accumulators in and out, gradients in. */
  int flatBytesPerElement() {
    return variant.kernel().bytesAnElement() / DataType.FLOAT32.bytes() * type.bytes();
  }

  /** Clipping by the norm reads the gradients once more. */
  int optimizerBytesPerElement() {
    return flatBytesPerElement() + (normClip.isPresent() ? type.bytes() : 0);
  }

  /** The memory that all buffers take together; a double, since sizes may be beyond any device. */
  double memoryBytes() {
    int steppers = wantsOptimizer() ? 2 : 1;
    return (2.0 + steppers * variant.accumulators()) * layout.elements() * type.bytes();
  }

  /** For people. */
  @Override
  public String toString() {
    return layout.name().isEmpty()
        ? String.format(Locale.ROOT, "%s of %,d elements", variant, layout.elements())
        : variant + " of " + layout.name();
  }
}
