package dev.rootmean.opencl;

import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.KnownAnswer;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;

/**
 * For programs that have an OpenCL context of their own, whose memory is to be stepped in.
 *
 * @since 0.1.0
 */
public final class OpenCl {
  private OpenCl() {}

  /**
   * Finds the device that a backend's name stands for, for a program that makes a context and a
   * queue of its own there.
   *
   * @param device what is written behind {@code opencl:}, such as {@code 1} or a part of the
   *     device's name; empty for the best one
   * @return the device that {@link dev.rootmean.Backends#open(String)} would take
   * @throws dev.rootmean.BackendException if there is no such device; the message says why
   */
  public static cl_device_id device(String device) {
    return new OpenClProvider().choose(Objects.requireNonNull(device, "device")).id();
  }

  /**
   * Opens a backend in a context and a queue of the caller's. It can {@linkplain
   * OptimizerBackend#wrap wrap} the context's buffers, {@link ForeignMemory#openCl}, that kernels
   * may read and write. A sub-buffer is refused: wrap a range of the buffer that it is a part of.
   * Where a buffer is in host memory, that is to begin on 16 bytes.
   *
   * <p>All that the backend does is queued in this queue. So a step comes after what the caller
   * queued there before, and what the caller queues there later comes after the step: neither
   * events nor {@link OptimizerBackend#synchronize()} are needed. For work in other queues they
   * are.
   *
   * <p>Context, device and queue are retained until the backend is closed, and wrapped memory until
   * its buffer is. They stay the caller's otherwise. Closing the backend waits for all that is
   * queued.
   *
   * @param context where the memory is
   * @param device one of the context's
   * @param queue an in-order queue of the context, on the device
   * @return an open backend, whose first steps gave the right bits unless its {@link
   *     OptimizerBackend#info() info} says that it is not exact
   * @throws IllegalArgumentException if the queue is out of order, or of another context or device
   * @throws dev.rootmean.BackendException if the device cannot be used, or gives wrong bits
   */
  public static OptimizerBackend open(
      cl_context context, cl_device_id device, cl_command_queue queue) {
    return open(new Jocl(), FoundDevice::vectors, context, device, queue);
  }

  static OptimizerBackend open(
      OpenClDriver driver,
      ToIntFunction<FoundDevice> vectors,
      cl_context context,
      cl_device_id device,
      cl_command_queue queue) {
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(queue, "queue");
    FoundDevice found = FoundDevice.of(driver, device);
    int moved = vectors.applyAsInt(found);
    OpenClQueue adopted =
        OpenClQueue.adopt(driver, found, context, queue, OpenClQueue.Limits.OF_DRIVERS);
    OptimizerBackend backend = OpenClDevice.open(adopted, moved);
    try {
      KnownAnswer.demand(backend);
      return backend;
    } catch (Throwable e) {
      backend.close();
      throw e;
    }
  }
}
