package dev.rootmean.gpu;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code torch-tensors.py} calls: an optimizer over tensors of PyTorch's, in PyTorch's
 * process.
 */
final class TorchTensors {
  /** Powers of two, so that a script has the same ones in float. */
  static final RmsProp RULE =
      RmsProp.builder().learningRate(0x1p-10).decay(0.5).epsilon(0x1p-20).build();

  private static final List<DeviceBuffer> VIEWS = new ArrayList<>();
  private static OptimizerBackend backend;
  private static Optimizer optimizer;

  private TorchTensors() {}

  /**
   * Takes what a table says: of each tensor the addresses of its parameters and gradients, and its
   * elements.
   *
   * @return the stream in which steps run
   */
  static long open(ByteBuffer table) {
    LongBuffer rows = table.order(ByteOrder.nativeOrder()).asLongBuffer();
    backend = Backends.open("cuda:0");
    OptimizerBuilder builder = Optimizer.builder(backend, RULE);
    List<DeviceBuffer> gradients = new ArrayList<>();
    while (rows.hasRemaining()) {
      long parameters = rows.get();
      long gradient = rows.get();
      long length = rows.get();
      builder.parameter("tensor " + gradients.size(), wrap(parameters, length));
      gradients.add(wrap(gradient, length));
    }
    optimizer = builder.build();
    for (int i = 0; i < gradients.size(); i++) {
      optimizer.gradient("tensor " + i, gradients.get(i));
    }
    return backend.nativeQueue();
  }

  private static DeviceBuffer wrap(long address, long length) {
    ForeignMemory memory =
        ForeignMemory.cuda(0, address, DataType.FLOAT32, length, TorchTensors.class);
    DeviceBuffer view = backend.wrap(memory);
    VIEWS.add(view);
    return view;
  }

  static void step(long count) {
    for (long i = 0; i < count; i++) {
      optimizer.step();
    }
  }

  static void close() {
    optimizer.close();
    VIEWS.forEach(DeviceBuffer::close);
    VIEWS.clear();
    backend.close();
  }
}
