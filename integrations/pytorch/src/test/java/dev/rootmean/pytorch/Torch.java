package dev.rootmean.pytorch;

import dev.rootmean.RmsProp;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.Tensor;

/** What tests ask of libtorch. */
final class Torch {
  private Torch() {}

  /** A leaf that autograd leaves gradients in. */
  static Tensor parameter(float... values) {
    return Tensor.create(values).set_requires_grad(true);
  }

  /** The bits of a contiguous tensor of floats. */
  static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    try (FloatPointer memory = tensor.data_ptr_float()) {
      memory.get(values);
    }
    return values;
  }

  static double[] doubles(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    try (DoublePointer memory = tensor.data_ptr_double()) {
      memory.get(values);
    }
    return values;
  }

  static void gradient(Tensor parameter, Tensor gradient) {
    parameter.mutable_grad().put(gradient);
  }

  /** As torch has a rule of {@link dev.rootmean.Preset#PYTORCH}'s form. */
  static RMSpropOptions options(RmsProp rule) {
    RMSpropOptions options = new RMSpropOptions(rule.learningRate());
    options.alpha().put(rule.decay());
    options.eps().put(rule.epsilon());
    options.momentum().put(rule.momentum());
    options.weight_decay().put(rule.weightDecay());
    options.centered().put(rule.centered());
    return options;
  }
}
