package dev.rootmean.opencl;

import static dev.rootmean.kernels.KernelSource.Dialect.OPENCL;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.kernels.Variant;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.DeviceCalls;
import dev.rootmean.spi.MemoryRange;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;

/** One context and one in-order queue on one device. */
final class OpenClCalls implements DeviceCalls<OpenClMemory> {
  private final OpenClDevice device;
  private final boolean wide;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Map<DataType, Map<Variant, StepKernel>> steps = new EnumMap<>(DataType.class);
  private final Map<DataType, Map<Variant, StepKernel>> controlledSteps =
      new EnumMap<>(DataType.class);
  private final Map<DataType, PolicyKernels> policies = new EnumMap<>(DataType.class);
  private final Pointer zero = Pointer.to(new byte[1]);
  private long bytesTaken;

  @SuppressWarnings("deprecation") // what replaces clCreateCommandQueue is missing on macOS
  OpenClCalls(OpenClDevice device, boolean wide) {
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

  OptimizerBackend backend() {
    return new DeviceBackend<>(
        new BackendInfo(
            OpenClErrors.BACKEND,
            device.description(),
            device.memoryBytes(),
            device.isExact(),
            device.dataTypes()),
        this);
  }

  @Override
  public OpenClMemory allocateMemory(DataType type, long length) {
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
  public void free(OpenClMemory memory) {
    bytesTaken -= memory.bytes();
    OpenClErrors.check(CL.clReleaseMemObject(memory.handle()), "clReleaseMemObject");
  }

  /**
   * The queue is finished first: a transfer holds up the garbage collector while it has a Java
   * array, and would do so until all steps before it are done.
   */
  @Override
  public void copyToDevice(MemoryRange<OpenClMemory> target, long offset, Buffer source) {
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
  public void copyFromDevice(MemoryRange<OpenClMemory> source, long offset, Buffer target) {
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
  public void queueCopy(MemoryRange<OpenClMemory> source, MemoryRange<OpenClMemory> target) {
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
    flush();
  }

  @Override
  public void queueZero(MemoryRange<OpenClMemory> target) {
    long elementBytes = target.dataType().bytes();
    OpenClErrors.check(
        CL.clEnqueueFillBuffer(
            queue,
            target.memory().handle(),
            zero,
            1,
            target.offset() * elementBytes,
            target.length() * elementBytes,
            0,
            null,
            null),
        "clEnqueueFillBuffer");
    flush();
  }

  @Override
  public void queueAdd(MemoryRange<OpenClMemory> addend, MemoryRange<OpenClMemory> target) {
    policies(target.dataType()).queueAdd(queue, addend, target);
    flush();
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<OpenClMemory> grads, MemoryRange<OpenClMemory> control) {
    policies(grads.dataType()).queueMeasure(queue, policy, grads, control);
    flush();
  }

  private PolicyKernels policies(DataType type) {
    PolicyKernels kernels = policies.get(type);
    if (kernels == null) {
      kernels = new PolicyKernels(context, device, new PolicySource(OPENCL, type));
      policies.put(type, kernels);
    }
    return kernels;
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<OpenClMemory> params,
      MemoryRange<OpenClMemory> grads,
      MemoryRange<OpenClMemory> squareAverage,
      MemoryRange<OpenClMemory> momentum,
      MemoryRange<OpenClMemory> gradientAverage,
      MemoryRange<OpenClMemory> control) {
    Variant variant = Variant.of(momentum != null, gradientAverage != null);
    StepKernel kernel = step(params.dataType(), variant, control != null);
    kernel.queue(queue, k, params, grads, squareAverage, momentum, gradientAverage, control);
    flush();
  }

  private StepKernel step(DataType type, Variant variant, boolean controlled) {
    Map<DataType, Map<Variant, StepKernel>> built = controlled ? controlledSteps : steps;
    Map<Variant, StepKernel> ofType = built.get(type);
    if (ofType == null) {
      ofType = new EnumMap<>(Variant.class);
      built.put(type, ofType);
    }
    StepKernel kernel = ofType.get(variant);
    if (kernel == null) {
      KernelSource source = new KernelSource(OPENCL, variant, type, wide, controlled);
      kernel = new StepKernel(context, device, source);
      ofType.put(variant, kernel);
    }
    return kernel;
  }

  /** Otherwise a device may wait for the next read before it begins. */
  private void flush() {
    CL.clFlush(queue); // if it fails, all is queued nevertheless: the next clFinish tells
  }

  @Override
  public void awaitQueue() {
    OpenClErrors.check(CL.clFinish(queue), "clFinish");
  }

  @Override
  public void releaseDevice() {
    Stream.of(steps, controlledSteps)
        .flatMap(built -> built.values().stream())
        .flatMap(ofType -> ofType.values().stream())
        .forEach(StepKernel::close);
    policies.values().forEach(PolicyKernels::close);
    CL.clReleaseCommandQueue(queue);
    CL.clReleaseContext(context);
  }
}
