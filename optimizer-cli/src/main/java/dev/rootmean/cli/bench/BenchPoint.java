package dev.rootmean.cli.bench;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.Precision;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One thing to measure on a backend.
 *
 * @param layout what a step updates
 * @param variant how
 * @param name of the precision on the command line
 * @param precision has parameters and gradients of one type
 * @param normClip the largest norm of the gradients, which are then checked for overflow too
 */
record BenchPoint(
    TensorLayout layout,
    StepVariant variant,
    String name,
    Precision precision,
    OptionalDouble normClip) {

  /** Of parameters and gradients. */
  DataType type() {
    return precision.gradients();
  }

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
    return variant.kernel(precision).bytesAnElement();
  }

  /** Clipping by the norm reads the gradients once more. */
  int optimizerBytesPerElement() {
    return flatBytesPerElement() + (normClip.isPresent() ? type().bytes() : 0);
  }

  /** The memory that all buffers take together; a double, since sizes may be beyond any device. */
  double memoryBytes() {
    int kept = precision.bytes(variant.rule());
    int twice = wantsOptimizer() ? kept - precision.parameters().bytes() - type().bytes() : 0;
    return (double) (kept + twice) * layout.elements();
  }

  /** For people. */
  @Override
  public String toString() {
    return layout.name().isEmpty()
        ? String.format(Locale.ROOT, "%s of %,d elements", variant, layout.elements())
        : variant + " of " + layout.name();
  }
}
