package dev.rootmean.opencl;

import dev.rootmean.kernels.KernelText;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;

/**
 * A context with one in-order queue, on one device.
 *
 * @param most the most elements that one launch of a kernel takes, a multiple of {@link
 *     KernelText#GROUP}; a work-item takes one of them or more
 */
record OpenClQueue(
    OpenClDriver driver, FoundDevice device, cl_context context, cl_command_queue handle, long most)
    implements AutoCloseable {
  /** AMD refuses launches of more than 2^32 - 1 work-items. */
  static final long MOST = 1L << 31;

  static OpenClQueue open(OpenClDriver driver, FoundDevice device, long most) {
    device.requireGroups();
    cl_context context = driver.clCreateContext(device.platform(), device.id());
    try {
      cl_command_queue handle = driver.clCreateCommandQueue(context, device.id());
      return new OpenClQueue(driver, device, context, handle, most);
    } catch (Throwable e) {
      driver.clReleaseContext(context);
      throw e;
    }
  }

  /** Otherwise a device may wait for the next read before it begins. */
  void flush() {
    driver.clFlush(handle); // if it fails, all is queued nevertheless: the next clFinish tells
  }

  void finish() {
    OpenClErrors.checkFinished(driver.clFinish(handle));
  }

  @Override
  public void close() {
    driver.clReleaseCommandQueue(handle);
    driver.clReleaseContext(context);
  }
}
