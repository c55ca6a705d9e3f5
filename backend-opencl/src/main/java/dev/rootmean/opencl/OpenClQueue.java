package dev.rootmean.opencl;

import dev.rootmean.DeviceLostException;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Watchdog;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.NativePointerObject;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_event;

/**
 * A context with one in-order queue, on one device.
 *
 * @param limits how much of something it is given at once
 * @param adopted whether others own it, and the device may be a part of one, which is counted
 * @param watchdog has waits for it end
 */
record OpenClQueue(
    OpenClDriver driver,
    FoundDevice device,
    cl_context context,
    cl_command_queue handle,
    Limits limits,
    boolean adopted,
    Watchdog watchdog)
    implements AutoCloseable {
  /**
   * How much of something a queue is given at once.
   *
   * @param launched elements of a launch, a multiple of {@link KernelText#GROUP}, of which a
   *     work-item takes one or more
   * @param copied bytes of a copy
   * @param filled how far into a buffer bytes are filled
   */
  record Limits(long launched, long copied, long filled) {
    /**
     * AMD refuses launches of more than 2^32 - 1 work-items. NVIDIA's driver fills as if lengths
     * had 32 bits, in silence, and further into a buffer it breaks the context, where copies do
     * well.
     */
    static final Limits OF_DRIVERS = new Limits(1L << 31, 1L << 31, 1L << 31);
  }

  static OpenClQueue open(OpenClDriver driver, FoundDevice device, Limits limits) {
    device.requireGroups();
    Watchdog watchdog = new Watchdog(); // first, as its setting may make no sense
    cl_context context = driver.clCreateContext(device.platform(), device.id());
    try {
      cl_command_queue handle = driver.clCreateCommandQueue(context, device.id());
      return new OpenClQueue(driver, device, context, handle, limits, false, watchdog);
    } catch (Throwable e) {
      driver.clReleaseContext(context);
      throw e;
    }
  }

  /** Retains what others own. Not all implementations keep a sub-device for its queue: PoCL. */
  static OpenClQueue adopt(
      OpenClDriver driver,
      FoundDevice device,
      cl_context context,
      cl_command_queue handle,
      Limits limits) {
    device.requireGroups();
    requireInOrder(driver, handle);
    require(driver, handle, CL.CL_QUEUE_CONTEXT, context);
    require(driver, handle, CL.CL_QUEUE_DEVICE, device.id()); // one of the context's, therefore
    OpenClQueue queue =
        new OpenClQueue(driver, device, context, handle, limits, true, new Watchdog());
    OpenClErrors.check(driver.clRetainDevice(device.id()), "clRetainDevice");
    try {
      OpenClErrors.check(driver.clRetainContext(context), "clRetainContext");
      try {
        OpenClErrors.check(driver.clRetainCommandQueue(handle), "clRetainCommandQueue");
        return queue;
      } catch (Throwable e) {
        driver.clReleaseContext(context);
        throw e;
      }
    } catch (Throwable e) {
      driver.clReleaseDevice(device.id());
      throw e;
    }
  }

  private static void requireInOrder(OpenClDriver driver, cl_command_queue queue) {
    long properties = query(driver, queue, CL.CL_QUEUE_PROPERTIES);
    if ((properties & CL.CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has properties 0x%x, out of order: expected an in-order queue",
              queue,
              properties));
    }
  }

  private static void require(
      OpenClDriver driver, cl_command_queue queue, int what, NativePointerObject expected) {
    long given = query(driver, queue, what);
    if (given != expected.getNativePointer()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s is of 0x%x: expected one of %s", queue, given, expected));
    }
  }

  private static long query(OpenClDriver driver, cl_command_queue queue, int what) {
    byte[] value = new byte[Long.BYTES];
    int code = driver.clGetCommandQueueInfo(queue, what, value);
    if (code == CL.CL_INVALID_COMMAND_QUEUE) {
      throw new IllegalArgumentException(queue + ": expected a command queue");
    }
    OpenClErrors.check(code, "clGetCommandQueueInfo");
    return FoundDevice.number(value);
  }

  /** Otherwise a device may wait for the next read before it begins. */
  void flush() {
    driver.clFlush(handle); // if it fails, all is queued nevertheless: the next clFinish tells
  }

  void finish() {
    OpenClErrors.checkFinished(finished());
  }

  /** Waits until all is done, or its time is up; OpenCL's code. */
  int finished() {
    if (watchdog.isOn()) {
      watch();
    }
    return driver.clFinish(handle);
  }

  private void watch() {
    cl_event end = driver.clEnqueueMarkerWithWaitList(handle);
    try {
      flush();
      int[] status = new int[1];
      if (!watchdog.await(() -> isOver(end, status))) {
        String name = CL.stringFor_command_execution_status(status[0]);
        throw new DeviceLostException(
            OpenClErrors.BACKEND, "clFinish", status[0], name, watchdog.reason(), null);
      }
    } finally {
      driver.clReleaseEvent(end);
    }
  }

  /** Done or failed, or nobody knows: clFinish tells which. */
  private boolean isOver(cl_event event, int[] status) {
    int code = driver.clGetEventInfo(event, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, status);
    return code != CL.CL_SUCCESS || status[0] <= CL.CL_COMPLETE;
  }

  @Override
  public void close() {
    if (watchdog.isHung()) {
      return;
    }
    driver.clReleaseCommandQueue(handle);
    driver.clReleaseContext(context);
    if (adopted) {
      driver.clReleaseDevice(device.id());
    }
  }
}
