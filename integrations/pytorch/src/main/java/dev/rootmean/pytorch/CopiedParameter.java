package dev.rootmean.pytorch;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/** A parameter in the host's memory, of which a device has a copy that is stepped. */
final class CopiedParameter extends TorchParameter {
  private DeviceBuffer copy; // the optimizer's, once there was a gradient
  private DeviceBuffer gradientCopy;
  private long address;
  private long version;

  CopiedParameter(String name, Tensor tensor, DataType type) {
    super(name, tensor, type);
  }

  @Override
  void addTo(OptimizerBuilder optimizer) {
    optimizer.parameter(name(), shape());
  }

  @Override
  void bringParameters(Optimizer optimizer) {
    findCopies(optimizer);
    ForeignMemory memory = memory(tensor());
    if (memory.address() != address || tensor()._version() != version) { // torch has changed them
      write(memory, copy);
      address = memory.address();
      version = tensor()._version();
    }
  }

  private void findCopies(Optimizer optimizer) {
    if (copy == null) {
      copy = optimizer.parameter(name());
      gradientCopy = optimizer.gradient(name());
    }
  }

  @Override
  void take(Tensor gradient, Optimizer optimizer) {
    write(memory(gradient), gradientCopy);
  }

  private static void write(ForeignMemory memory, DeviceBuffer buffer) {
    long at = 0;
    for (Buffer part : memory.parts()) {
      if (part instanceof FloatBuffer floats) {
        buffer.write(at, floats, 0, floats.limit());
      } else {
        buffer.write(at, (DoubleBuffer) part, 0, part.limit());
      }
      at += part.limit();
    }
  }

  @Override
  void giveParameters(Optimizer optimizer) {
    requireAsBuilt();
    findCopies(optimizer);
    ForeignMemory memory = memory(tensor());
    long at = 0;
    for (Buffer part : memory.parts()) {
      if (part instanceof FloatBuffer floats) {
        copy.read(at, floats, 0, floats.limit());
      } else {
        copy.read(at, (DoubleBuffer) part, 0, part.limit());
      }
      at += part.limit();
    }
    address = memory.address();
    version = tensor()._version();
  }
}
