package dev.rootmean.opencl;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.Variant;
import dev.rootmean.spi.AbstractBackend;
import dev.rootmean.spi.BackendBuffer;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;

/** One context and one in-order queue on one device. */
final class OpenClBackend extends AbstractBackend<OpenClMemory> {
  private final OpenClDevice device;
  private final boolean wide;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Map<Variant, StepKernel> kernels = new EnumMap<>(Variant.class);
  private long bytesTaken;

  @SuppressWarnings("deprecation") // what replaces clCreateCommandQueue is missing on macOS
  OpenClBackend(OpenClDevice device, boolean wide) {
    super(
        new BackendInfo(
            OpenClErrors.BACKEND,
            device.description(),
            device.memoryBytes(),
            device.isExact(),
            Set.of(DataType.FLOAT32)));
    this.device = device;
    this.wide = wide;
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
    cl_device_id[] devices = {device.id()};
    int[] code = new int[1];
    context = CL.clCreateContext(properties, 1, devices, null, null, code);
    OpenClErrors.check(code[0], "clCreateContext");
    queue = CL.clCreateCommandQueue(context, device.id(), 0, code);
    if (code[0] != CL.CL_SUCCESS) {
      CL.clReleaseContext(context);
      throw OpenClErrors.exception(code[0], "clCreateCommandQueue", "failed");
    }
  }

  @Override
  protected OpenClMemory allocateMemory(DataType type, long length) {
    if (length > device.largestAllocation() / type.bytes()) {
      throw new DeviceOutOfMemoryException(
          OpenClErrors.BACKEND,
          "allocate",
          0,
          "",
          "%,d elements of %d bytes: the largest allocation of %s is %,d bytes"
              .formatted(length, type.bytes(), device.name(), device.largestAllocation()),
          null);
    }
    long bytes = length * type.bytes();
    // Not all implementations refuse: PoCL goes on until the system ends the process.
    if (bytes > device.memoryBytes() - bytesTaken) {
      throw new DeviceOutOfMemoryException(
          OpenClErrors.BACKEND,
          "allocate",
          0,
          "",
          "%,d bytes: %,d of the %,d bytes of %s are taken"
              .formatted(bytes, bytesTaken, device.memoryBytes(), device.name()),
          null);
    }
    int[] code = new int[1];
    cl_mem handle = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, code);
    OpenClErrors.check(code[0], "clCreateBuffer");
    // Many implementations take the memory only now.
    Pointer zero = Pointer.to(new byte[1]);
    code[0] = CL.clEnqueueFillBuffer(queue, handle, zero, 1, 0, bytes, 0, null, null);
    if (code[0] == CL.CL_SUCCESS) {
      code[0] = CL.clFinish(queue);
    }
    if (code[0] != CL.CL_SUCCESS) {
      CL.clReleaseMemObject(handle);
      int reported =
          code[0] == CL.CL_OUT_OF_RESOURCES ? CL.CL_MEM_OBJECT_ALLOCATION_FAILURE : code[0];
      throw OpenClErrors.exception(reported, "allocate", "the memory cannot be filled");
    }
    bytesTaken += bytes;
    return new OpenClMemory(handle, bytes);
  }

  @Override
  protected void free(OpenClMemory memory) {
    bytesTaken -= memory.bytes();
    OpenClErrors.check(CL.clReleaseMemObject(memory.handle()), "clReleaseMemObject");
  }

  /**
   * The queue is finished first: a transfer holds up the garbage collector while it has a Java
   * array, and would do so until all steps before it are done.
   */
  @Override
  protected void copyToDevice(BackendBuffer<OpenClMemory> target, long offset, Buffer source) {
    awaitQueue();
    int elementBytes = target.dataType().bytes();
    OpenClErrors.check(
        CL.clEnqueueWriteBuffer(
            queue,
            target.memory().handle(),
            true,
            (target.offset() + offset) * elementBytes,
            (long) source.remaining() * elementBytes,
            pointer(source, elementBytes),
            0,
            null,
            null),
        "clEnqueueWriteBuffer");
  }

  @Override
  protected void copyFromDevice(BackendBuffer<OpenClMemory> source, long offset, Buffer target) {
    awaitQueue();
    int elementBytes = source.dataType().bytes();
    OpenClErrors.check(
        CL.clEnqueueReadBuffer(
            queue,
            source.memory().handle(),
            true,
            (source.offset() + offset) * elementBytes,
            (long) target.remaining() * elementBytes,
            pointer(target, elementBytes),
            0,
            null,
            null),
        "clEnqueueReadBuffer");
  }

  private static Pointer pointer(Buffer host, int elementBytes) {
    if (!host.hasArray()) {
      return Pointer.toBuffer(host);
    }
    Pointer array =
        host instanceof FloatBuffer floats
            ? Pointer.to(floats.array())
            : Pointer.to(((DoubleBuffer) host).array());
    return array.withByteOffset((host.arrayOffset() + (long) host.position()) * elementBytes);
  }

  @Override
  protected void queueCopy(BackendBuffer<OpenClMemory> source, BackendBuffer<OpenClMemory> target) {
    long elementBytes = target.dataType().bytes();
    OpenClErrors.check(
        CL.clEnqueueCopyBuffer(
            queue,
            source.memory().handle(),
            target.memory().handle(),
            source.offset() * elementBytes,
            target.offset() * elementBytes,
            target.length() * elementBytes,
            0,
            null,
            null),
        "clEnqueueCopyBuffer");
    OpenClErrors.check(CL.clFlush(queue), "clFlush");
  }

  @Override
  protected void queueStep(
      Coefficients k,
      BackendBuffer<OpenClMemory> params,
      BackendBuffer<OpenClMemory> grads,
      BackendBuffer<OpenClMemory> squareAverage,
      BackendBuffer<OpenClMemory> momentum,
      BackendBuffer<OpenClMemory> gradientAverage) {
    Variant variant = Variant.of(momentum != null, gradientAverage != null);
    StepKernel kernel = kernels.get(variant);
    if (kernel == null) {
      KernelSource source =
          new KernelSource(KernelSource.Dialect.OPENCL, variant, params.dataType(), wide);
      kernel = new StepKernel(context, device, source);
      kernels.put(variant, kernel);
    }
    kernel.queue(queue, k, params, grads, squareAverage, momentum, gradientAverage);
    OpenClErrors.check(CL.clFlush(queue), "clFlush"); // or the device may wait for the next read
  }

  @Override
  protected void awaitQueue() {
    OpenClErrors.check(CL.clFinish(queue), "clFinish");
  }

  @Override
  protected void releaseDevice() {
    kernels.values().forEach(StepKernel::close);
    CL.clReleaseCommandQueue(queue);
    CL.clReleaseContext(context);
  }
}
