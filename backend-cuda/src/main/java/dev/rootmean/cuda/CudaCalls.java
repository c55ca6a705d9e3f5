package dev.rootmean.cuda;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.KernelSource.Dialect;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.kernels.ShippedPtx;
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
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;

/** One stream in one device's primary context. */
final class CudaCalls implements DeviceCalls<CudaMemory> {
  private final CudaDevice device;
  private final CudaContext context;
  private final Map<DataType, Map<Variant, StepKernel>> steps = new EnumMap<>(DataType.class);
  private final Map<DataType, Map<Variant, StepKernel>> controlledSteps =
      new EnumMap<>(DataType.class);
  private final Map<DataType, PolicyKernels> policies = new EnumMap<>(DataType.class);
  private final PendingSteps pending = new PendingSteps();

  CudaCalls(CudaDevice device) {
    this(device, ShippedPtx.text());
  }

  /** With other kernels of the same names. */
  @SuppressWarnings("try") // the context is entered for what that does to the thread
  CudaCalls(CudaDevice device, String ptx) {
    this.device = device;
    context = new CudaContext(device, ptx);
    try (CudaContext.Current now = context.enter()) {
      for (DataType type : DataType.values()) {
        steps.put(type, steps(type, false));
        controlledSteps.put(type, steps(type, true));
        policies.put(type, new PolicyKernels(context, new PolicySource(Dialect.CUDA, type, true)));
      }
    } catch (Throwable e) {
      context.close();
      throw e;
    }
  }

  OptimizerBackend backend() {
    return new DeviceBackend<>(
        new BackendInfo(
            CudaErrors.BACKEND,
            device.description(),
            device.memoryBytes(),
            true,
            Set.of(DataType.values())),
        this);
  }

  private Map<Variant, StepKernel> steps(DataType type, boolean controlled) {
    Map<Variant, StepKernel> ofType = new EnumMap<>(Variant.class);
    for (Variant variant : Variant.values()) {
      KernelSource source = new KernelSource(Dialect.CUDA, variant, type, true, controlled);
      ofType.put(variant, new StepKernel(context, source));
    }
    return ofType;
  }

  @Override
  public CudaMemory allocateMemory(DataType type, long length) {
    if (length > device.memoryBytes() / type.bytes()) {
      throw new DeviceOutOfMemoryException(
          CudaErrors.BACKEND,
          "allocate",
          0,
          "",
          String.format(
              Locale.ROOT,
              "%,d elements of %d bytes: %s has %,d bytes",
              length,
              type.bytes(),
              device.name(),
              device.memoryBytes()),
          null);
    }
    long bytes = length * type.bytes();
    CudaMemory memory = new CudaMemory();
    try (CudaContext.Current now = context.enter()) {
      check(CudaDriver.cuMemAlloc(memory, bytes), "cuMemAlloc");
      try {
        check(CudaDriver.cuMemsetD8Async(memory, (byte) 0, bytes, now.stream()), "cuMemsetD8Async");
      } catch (Throwable e) {
        CudaDriver.cuMemFree(memory);
        throw e;
      }
    }
    return memory;
  }

  @Override
  public void free(CudaMemory memory) {
    try (CudaContext.Current now = context.enter()) {
      int waited = CudaDriver.cuStreamSynchronize(now.stream());
      int freed = CudaDriver.cuMemFree(memory); // whatever that was: nobody will ask again
      check(waited, "cuStreamSynchronize");
      check(freed, "cuMemFree");
    }
  }

  /**
   * The queue is finished first: a transfer holds up the garbage collector while it has a Java
   * array, and would do so until all steps before it are done.
   */
  @Override
  public void copyToDevice(MemoryRange<CudaMemory> target, long offset, Buffer source) {
    int elementBytes = target.dataType().bytes();
    CUdeviceptr to = target.memory().withByteOffset((target.offset() + offset) * elementBytes);
    Pointer from = pointer(source, elementBytes);
    try (CudaContext.Current now = context.enter()) {
      await(now);
      check(
          CudaDriver.cuMemcpyHtoD(to, from, (long) source.remaining() * elementBytes),
          "cuMemcpyHtoD");
    }
  }

  @Override
  public void copyFromDevice(MemoryRange<CudaMemory> source, long offset, Buffer target) {
    int elementBytes = source.dataType().bytes();
    CUdeviceptr from = source.memory().withByteOffset((source.offset() + offset) * elementBytes);
    Pointer to = pointer(target, elementBytes);
    try (CudaContext.Current now = context.enter()) {
      await(now);
      check(
          CudaDriver.cuMemcpyDtoH(to, from, (long) target.remaining() * elementBytes),
          "cuMemcpyDtoH");
    }
  }

  @Override
  public void queueCopy(MemoryRange<CudaMemory> source, MemoryRange<CudaMemory> target) {
    long bytes = target.length() * target.dataType().bytes();
    try (CudaContext.Current now = context.enter()) {
      check(
          CudaDriver.cuMemcpyDtoDAsync(start(target), start(source), bytes, now.stream()),
          "cuMemcpyDtoDAsync");
    }
  }

  /** JCuda itself counts an array's bytes in 32 bits, and so would miss what is beyond 2 GiB. */
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

  /** What begins where its allocation does needs no new pointer: an optimizer's buffers do. */
  private static CUdeviceptr start(MemoryRange<CudaMemory> buffer) {
    return buffer.offset() == 0
        ? buffer.memory()
        : buffer.memory().withByteOffset(buffer.offset() * buffer.dataType().bytes());
  }

  @Override
  public void queueZero(MemoryRange<CudaMemory> target) {
    long bytes = target.length() * target.dataType().bytes();
    try (CudaContext.Current now = context.enter()) {
      check(
          CudaDriver.cuMemsetD8Async(start(target), (byte) 0, bytes, now.stream()),
          "cuMemsetD8Async");
    }
  }

  @Override
  public void queueAdd(MemoryRange<CudaMemory> addend, MemoryRange<CudaMemory> target) {
    try (CudaContext.Current now = context.enter()) {
      launched(policies.get(target.dataType()).add(now.stream(), addend, target));
    }
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<CudaMemory> grads, MemoryRange<CudaMemory> decision) {
    PolicyKernels kernels = policies.get(grads.dataType());
    try (CudaContext.Current now = context.enter()) {
      launched(kernels.sum(now.stream(), grads, decision));
      launched(kernels.decide(now.stream(), policy, grads.length(), decision));
    }
  }

  /** Takes the code of a launch that is no step's. */
  private void launched(int code) {
    if (mayHaveRun(code)) {
      pending.addOther();
    }
    check(code, "cuLaunchKernel");
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<CudaMemory> params,
      MemoryRange<CudaMemory> grads,
      MemoryRange<CudaMemory> squareAverage,
      MemoryRange<CudaMemory> momentum,
      MemoryRange<CudaMemory> gradientAverage,
      MemoryRange<CudaMemory> decision) {
    Variant variant = Variant.of(momentum != null, gradientAverage != null);
    StepKernel kernel =
        (decision == null ? steps : controlledSteps).get(params.dataType()).get(variant);
    try (CudaContext.Current now = context.enter()) {
      int code =
          kernel.launch(
              now.stream(), k, params, grads, squareAverage, momentum, gradientAverage, decision);
      if (mayHaveRun(code)) {
        pending.add(variant, params.dataType(), params.length());
      }
      check(code, "cuLaunchKernel");
    }
  }

  /** Whether a launch with this code is in the queue, or was what ended the context. */
  private static boolean mayHaveRun(int code) {
    return code == CUresult.CUDA_SUCCESS || CudaCode.isLoss(code);
  }

  @Override
  public void awaitQueue() {
    try (CudaContext.Current now = context.enter()) {
      await(now);
    }
  }

  private void await(CudaContext.Current now) {
    check(CudaDriver.cuStreamSynchronize(now.stream()), "cuStreamSynchronize");
    pending.clear();
  }

  @Override
  public void releaseDevice() {
    context.close();
  }

  private void check(int code, String operation) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw CudaErrors.exception(code, operation, pending);
    }
  }
}
