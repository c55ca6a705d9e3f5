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
import java.util.Locale;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** Memory, transfers and kernels on one device, in the order of one queue. */
final class OpenClCalls implements DeviceCalls<OpenClMemory> {
  /** What drivers fill with at full speed, and divides the size of every element. */
  private static final int ZERO_BYTES = 4;

  private final OpenClDriver driver;
  private final OpenClDevice device;
  private final OpenClQueue queue;
  private final boolean wide;
  private final Map<DataType, Map<Variant, StepKernel>> steps = new EnumMap<>(DataType.class);
  private final Map<DataType, Map<Variant, StepKernel>> controlledSteps =
      new EnumMap<>(DataType.class);
  private final Map<DataType, PolicyKernels> policies = new EnumMap<>(DataType.class);
  private final Pointer zero = Pointer.to(new byte[ZERO_BYTES]);
  private long bytesTaken;

  private OpenClCalls(OpenClQueue queue, boolean wide) {
    this.driver = queue.driver();
    this.device = queue.device();
    this.queue = queue;
    this.wide = wide;
  }

  /**
   * Opens a device.
   *
   * @param wide whether a work-item moves 16 bytes at a time
   * @param most as {@link OpenClQueue#most()}
   */
  static OptimizerBackend open(OpenClDriver driver, OpenClDevice device, boolean wide, long most) {
    BackendInfo info =
        new BackendInfo(
            OpenClErrors.BACKEND,
            device.description(),
            device.memoryBytes(),
            device.isExact(),
            device.dataTypes());
    OpenClQueue queue = OpenClQueue.open(driver, device, most);
    OpenClCalls calls;
    try {
      calls = new OpenClCalls(queue, wide);
    } catch (Throwable e) {
      queue.close();
      throw e;
    }
    return new DeviceBackend<>(info, calls);
  }

  @Override
  public OpenClMemory allocateMemory(DataType type, long length) {
    if (length > device.largestAllocation() / type.bytes()) {
      throw outOfMemory(
          "%,d elements of %d bytes: the largest allocation of %s is %,d bytes; split them into"
              + " several buffers, or use cuda on an NVIDIA GPU",
          length, type.bytes(), device.name(), device.largestAllocation());
    }
    long bytes = length * type.bytes();
    // Not all implementations refuse: PoCL goes on until the system ends the process.
    if (bytes > device.memoryBytes() - bytesTaken) {
      throw outOfMemory(
          "%,d bytes: %,d of the %,d bytes of %s are taken",
          bytes, bytesTaken, device.memoryBytes(), device.name());
    }
    queue.finish(); // so that what fails below is the allocation
    cl_mem handle = driver.clCreateBuffer(queue.context(), bytes);
    try {
      fill(handle, bytes);
      OpenClMemory memory = new OpenClMemory(handle, bytes);
      bytesTaken += bytes;
      return memory;
    } catch (Throwable e) {
      driver.clReleaseMemObject(handle);
      throw e;
    }
  }

  private static DeviceOutOfMemoryException outOfMemory(String reason, Object... numbers) {
    String text = String.format(Locale.ROOT, reason, numbers);
    return new DeviceOutOfMemoryException(OpenClErrors.BACKEND, "allocate", 0, "", text, null);
  }

  /** Many implementations take the memory only now. */
  private void fill(cl_mem handle, long bytes) {
    int code = driver.clEnqueueFillBuffer(queue.handle(), handle, zero, ZERO_BYTES, 0, bytes);
    if (code == CL.CL_SUCCESS) {
      code = driver.clFinish(queue.handle());
    }
    if (code != CL.CL_SUCCESS) {
      int reported = code == CL.CL_OUT_OF_RESOURCES ? CL.CL_MEM_OBJECT_ALLOCATION_FAILURE : code;
      throw OpenClErrors.exception(reported, "allocate", "the memory cannot be filled", null);
    }
  }

  @Override
  public void free(OpenClMemory memory) {
    bytesTaken -= memory.bytes();
    OpenClErrors.check(driver.clReleaseMemObject(memory.handle()), "clReleaseMemObject");
  }

  /**
   * The queue is finished first: a transfer holds up the garbage collector while it has a Java
   * array, and would do so until all steps before it are done.
   */
  @Override
  public void copyToDevice(MemoryRange<OpenClMemory> target, long offset, Buffer source) {
    queue.finish();
    int elementBytes = target.dataType().bytes();
    OpenClErrors.check(
        driver.clEnqueueWriteBuffer(
            queue.handle(),
            target.memory().handle(),
            (target.offset() + offset) * elementBytes,
            (long) source.remaining() * elementBytes,
            pointer(source, elementBytes)),
        "clEnqueueWriteBuffer");
  }

  @Override
  public void copyFromDevice(MemoryRange<OpenClMemory> source, long offset, Buffer target) {
    queue.finish();
    int elementBytes = source.dataType().bytes();
    OpenClErrors.check(
        driver.clEnqueueReadBuffer(
            queue.handle(),
            source.memory().handle(),
            (source.offset() + offset) * elementBytes,
            (long) target.remaining() * elementBytes,
            pointer(target, elementBytes)),
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
        driver.clEnqueueCopyBuffer(
            queue.handle(),
            source.memory().handle(),
            target.memory().handle(),
            source.offset() * elementBytes,
            target.offset() * elementBytes,
            target.length() * elementBytes),
        "clEnqueueCopyBuffer");
    queue.flush();
  }

  @Override
  public void queueZero(MemoryRange<OpenClMemory> target) {
    long elementBytes = target.dataType().bytes();
    OpenClErrors.check(
        driver.clEnqueueFillBuffer(
            queue.handle(),
            target.memory().handle(),
            zero,
            ZERO_BYTES,
            target.offset() * elementBytes,
            target.length() * elementBytes),
        "clEnqueueFillBuffer");
    queue.flush();
  }

  @Override
  public void queueAdd(MemoryRange<OpenClMemory> addend, MemoryRange<OpenClMemory> target) {
    policies(target.dataType()).queueAdd(addend, target);
    queue.flush();
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<OpenClMemory> grads, MemoryRange<OpenClMemory> decision) {
    policies(grads.dataType()).queueMeasure(policy, grads, decision);
    queue.flush();
  }

  private PolicyKernels policies(DataType type) {
    PolicyKernels kernels = policies.get(type);
    if (kernels == null) {
      kernels = new PolicyKernels(queue, new PolicySource(OPENCL, type, wide));
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
      MemoryRange<OpenClMemory> decision) {
    Variant variant = Variant.of(momentum != null, gradientAverage != null);
    StepKernel kernel = step(params.dataType(), variant, decision != null);
    kernel.queue(k, params, grads, squareAverage, momentum, gradientAverage, decision);
    queue.flush();
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
      kernel = new StepKernel(queue, source);
      ofType.put(variant, kernel);
    }
    return kernel;
  }

  @Override
  public void awaitQueue() {
    queue.finish();
  }

  @Override
  public void releaseDevice() {
    closeAll(steps);
    closeAll(controlledSteps);
    policies.values().forEach(PolicyKernels::close);
    queue.close();
  }

  private static void closeAll(Map<DataType, Map<Variant, StepKernel>> built) {
    built.values().forEach(ofType -> ofType.values().forEach(StepKernel::close));
  }
}
