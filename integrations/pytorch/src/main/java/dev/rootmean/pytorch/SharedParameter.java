package dev.rootmean.pytorch;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** A parameter that is stepped in torch's memory, by a gradient that is read there. */
final class SharedParameter extends TorchParameter {
  /** Torch's allocator gives gradients the same few places by turns. */
  private static final int PLACES = 4;

  private final OptimizerBackend backend;
  private final DeviceBuffer parameters;
  private final long[] places = new long[PLACES];
  private final DeviceBuffer[] gradients = new DeviceBuffer[PLACES];
  private int oldest;

  SharedParameter(String name, Tensor tensor, DataType type, OptimizerBackend backend) {
    super(name, tensor, type);
    this.backend = backend;
    boolean wrapped = false;
    try {
      this.parameters = backend.wrap(place());
      wrapped = true;
    } finally {
      if (!wrapped) {
        super.close();
      }
    }
  }

  @Override
  void addTo(OptimizerBuilder optimizer) {
    optimizer.parameter(name(), parameters, shape());
  }

  @Override
  void requireAsBuilt() {
    super.requireAsBuilt();
    long now = tensor().data_ptr().address();
    if (now != place().address()) {
      throw changed(
          String.format(
              Locale.ROOT,
              "has moved from 0x%x to 0x%x: expected it where it was",
              place().address(),
              now));
    }
  }

  @Override
  void bringParameters(Optimizer optimizer) {
    // they are there
  }

  @Override
  void take(Tensor gradient, Optimizer optimizer) {
    optimizer.gradient(name(), wrapped(gradient));
  }

  private DeviceBuffer wrapped(Tensor gradient) {
    long place = gradient.data_ptr().address();
    for (int i = 0; i < PLACES; i++) {
      if (places[i] == place) {
        return gradients[i];
      }
    }
    // The owner is the parameter, for torch may free the gradient when the step is done: nothing
    // looks there afterwards until a gradient is there again.
    DeviceBuffer buffer = backend.wrap(memory(gradient));
    DeviceBuffer old = gradients[oldest];
    places[oldest] = place;
    gradients[oldest] = buffer;
    oldest = (oldest + 1) % PLACES;
    if (old != null) {
      old.close();
    }
    return buffer;
  }

  @Override
  void giveParameters(Optimizer optimizer) {
    // they are there
  }

  @Override
  public void close() {
    parameters.close();
    for (DeviceBuffer gradient : gradients) {
      if (gradient != null) {
        gradient.close();
      }
    }
    super.close();
  }
}
