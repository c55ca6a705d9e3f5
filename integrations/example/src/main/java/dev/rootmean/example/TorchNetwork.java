package dev.rootmean.example;

import dev.rootmean.cli.train.Images;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A small convolutional network of libtorch's. */
@SuppressWarnings("try") // scopes and guards act by being there
final class TorchNetwork extends Module {
  private static final int FILTERS = 32;
  private static final int HIDDEN = 64;
  private static final int POOLED = Network.SIDE / 2;

  private final Conv2dImpl first;
  private final Conv2dImpl second;
  private final LinearImpl hidden;
  private final LinearImpl classes;

  /** Makes the network, with first parameters that the seed decides. */
  TorchNetwork(long seed) {
    torch.manual_seed(seed);
    first = register_module("first", convolution(1, FILTERS / 2));
    second = register_module("second", convolution(FILTERS / 2, FILTERS));
    hidden = register_module("hidden", new LinearImpl(FILTERS * POOLED * POOLED, HIDDEN));
    classes = register_module("classes", new LinearImpl(HIDDEN, Images.CLASSES));
  }

  private static Conv2dImpl convolution(int channels, int filters) {
    Conv2dOptions options = new Conv2dOptions(channels, filters, new LongPointer(3, 3));
    options.padding().put(new LongPointer(1, 1));
    return new Conv2dImpl(options);
  }

  private Tensor forward(float[] images) {
    int count = images.length / (Network.SIDE * Network.SIDE);
    Tensor seen = Tensor.create(images, count, 1, Network.SIDE, Network.SIDE);
    Tensor pooled = torch.max_pool2d(first.forward(seen).relu(), 2, 2);
    Tensor filtered = second.forward(pooled).relu().flatten(1, -1);
    return classes.forward(hidden.forward(filtered).relu());
  }

  /** This network and what steps it. */
  Network steppedBy(Runnable step, AutoCloseable optimizer) {
    return new Stepped(step, optimizer);
  }

  private final class Stepped implements Network {
    private final Runnable step;
    private final AutoCloseable optimizer;

    Stepped(Runnable step, AutoCloseable optimizer) {
      this.step = step;
      this.optimizer = optimizer;
    }

    @Override
    public double computeGradients(float[] images, int[] labels) {
      zero_grad(true);
      try (PointerScope scope = new PointerScope()) {
        Tensor shown = Tensor.create(Arrays.stream(labels).asLongStream().toArray());
        Tensor loss = torch.cross_entropy(forward(images), shown);
        loss.backward();
        return loss.item_float();
      }
    }

    @Override
    public void step() {
      step.run();
    }

    @Override
    public int[] classify(float[] images) {
      try (PointerScope scope = new PointerScope();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor seen = forward(images).argmax(new LongOptional(1), false);
        long[] digits = new long[(int) seen.numel()];
        seen.data_ptr_long().get(digits);
        return Arrays.stream(digits).mapToInt(Math::toIntExact).toArray();
      }
    }

    @Override
    public List<float[]> parameters() {
      return Stream.of(TorchNetwork.this.parameters().get()).map(Stepped::floats).toList();
    }

    private static float[] floats(Tensor tensor) {
      float[] values = new float[(int) tensor.numel()];
      tensor.data_ptr_float().get(values);
      return values;
    }

    @Override
    public void close() {
      try {
        optimizer.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      TorchNetwork.this.close();
    }
  }
}
