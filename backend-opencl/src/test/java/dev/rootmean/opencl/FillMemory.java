package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A child JVM's main class: asks for more memory than one allocation, and than the device, can
 * give, and each time goes on with what there is.
 */
final class FillMemory {
  private FillMemory() {}

  public static void main(String[] arguments) {
    try (OptimizerBackend backend = new OpenClProvider().open(Pocl.DEVICE)) {
      FoundDevice device = Pocl.device();
      long most = device.largestAllocation() / FLOAT32.bytes();
      say("largest", device.largestAllocation());
      say("memory", device.memoryBytes());

      refuse("too long", backend, most + 1);
      CheckedSteps.everyVariant(backend, 1000);

      Deque<DeviceBuffer> buffers = new ArrayDeque<>();
      while ((buffers.size() + 1) * device.largestAllocation() <= device.memoryBytes()) {
        buffers.add(backend.allocate(FLOAT32, most));
      }
      say("buffers", buffers.size());
      refuse("too many", backend, most);
      buffers.remove().close();
      CheckedSteps.everyVariant(backend, 1000);
      backend.allocate(FLOAT32, most - 1).close();
      buffers.forEach(DeviceBuffer::close);
    }
    say("end", "reached");
  }

  private static void refuse(String what, OptimizerBackend backend, long length) {
    try {
      backend.allocate(FLOAT32, length).close();
      say(what, "allocated");
    } catch (DeviceOutOfMemoryException e) {
      say(what, e.getMessage());
    }
  }

  private static void say(String word, Object text) {
    System.out.println(word + ": " + text);
  }
}
