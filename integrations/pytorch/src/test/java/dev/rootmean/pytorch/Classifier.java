package dev.rootmean.pytorch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A small convolutional network, the same one each time, and images for it. */
final class Classifier extends Module {
  private static final int SIDE = 12;
  private static final int IMAGES = 64;
  private static final int CLASSES = 10;
  private static final int CHANNELS = 8;
  private static final int POOLED = (SIDE - 2) / 2;

  private final Conv2dImpl convolution;
  private final LinearImpl linear;
  private final Tensor images;
  private final Tensor labels;

  Classifier() {
    torch.manual_seed(42);
    convolution =
        register_module(
            "convolution", new Conv2dImpl(new Conv2dOptions(1, CHANNELS, new LongPointer(3, 3))));
    linear = register_module("linear", new LinearImpl(CHANNELS * POOLED * POOLED, CLASSES));
    images = torch.randn(IMAGES, 1, SIDE, SIDE);
    labels = torch.randint(CLASSES, new long[] {IMAGES}).to(torch.ScalarType.Long);
  }

  /** The loss, whose gradients are then there. */
  @SuppressWarnings("try") // the scope frees tensors
  float backward() {
    try (PointerScope scope = new PointerScope()) {
      Tensor pooled = torch.max_pool2d(convolution.forward(images).relu(), 2, 2);
      Tensor loss = torch.cross_entropy(linear.forward(pooled.flatten(1, -1)), labels);
      loss.backward();
      return loss.item_float();
    }
  }

  /** All parameters, one after the other. */
  List<Float> parameters32() {
    List<Float> all = new ArrayList<>();
    for (Tensor parameter : parameters().get()) {
      for (float value : Torch.floats(parameter)) {
        all.add(value);
      }
    }
    return all;
  }
}
