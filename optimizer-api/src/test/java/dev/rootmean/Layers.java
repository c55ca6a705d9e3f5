package dev.rootmean;

import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;

/** A small model in three groups, two of them with rules of their own. */
final class Layers {
  static final RmsProp RULE =
      RmsProp.builder().learningRate(0.1).weightDecay(0.02).momentum(0.9).build();

  private Layers() {}

  static OptimizerBuilder on(OptimizerBackend backend) {
    return Optimizer.builder(backend, RULE)
        .parameter("a.weight", 5, 7)
        .parameter("b.weight", 13)
        .group("bias", rule -> rule.weightDecay(0).learningRate(0.2))
        .parameter("a.bias", 7)
        .parameter("scale")
        .group("centered", rule -> rule.momentum(0).centered(true))
        .parameter("c", 3, 2, 2);
  }

  /** Writes the gradients of a batch. */
  static void write(Optimizer optimizer, int batch) {
    for (String name : optimizer.names()) {
      Elements.write(optimizer.gradient(name), gradient(optimizer, name, batch));
    }
  }

  static double[] gradient(Optimizer optimizer, String name, int batch) {
    DeviceBuffer buffer = optimizer.gradient(name);
    return NumberKind.ORDINARY.take(
        buffer.dataType(), (int) buffer.length(), name.hashCode() + batch);
  }
}
