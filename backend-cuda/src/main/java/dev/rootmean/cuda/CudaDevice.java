package dev.rootmean.cuda;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.kernels.ShippedPtx;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.PinnedMemory;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;

/**
 * One stream in one device's primary context. A family of kernels is compiled when the first of
 * them is launched, and its steps that are many launches at once when the first of those is.
 */
final class CudaDevice implements Device<CudaMemory> {
  private final FoundDevice found;
  private final CudaContext context;
  private final IdentityHashMap<Kernel, CudaKernel> kernels = new IdentityHashMap<>();
  private final IdentityHashMap<Kernel, CudaKernel> kernelsOfMany = new IdentityHashMap<>();

  CudaDevice(FoundDevice found) {
    this(found, ShippedPtx::text);
  }

  /** With other kernels of the same names: the text for the name of a program. */
  CudaDevice(FoundDevice found, UnaryOperator<String> ptx) {
    this.found = found;
    this.context = new CudaContext(found, ptx);
  }

  OptimizerBackend backend(boolean exact) {
    BackendInfo info =
        new BackendInfo(
            CudaErrors.BACKEND,
            found.description(),
            found.memoryBytes(),
            exact,
            Set.of(DataType.FLOAT32, DataType.FLOAT64));
    return new DeviceBackend<>(info, this);
  }

  @Override
  public CudaMemory allocate(DataType type, long length) {
    if (length > found.memoryBytes() / type.bytes()) {
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
              found.name(),
              found.memoryBytes()),
          null);
    }
    long bytes = type.bytes(length);
    CudaMemory memory = new CudaMemory();
    try (CudaContext.Current now = context.enter()) {
      checkTaken(CudaDriver.cuMemAlloc(memory, bytes), bytes);
      try {
        zero(now, memory, bytes);
      } catch (Throwable e) {
        CudaDriver.cuMemFree(memory);
        throw e;
      }
    }
    return memory;
  }

  /** As {@link CudaErrors#check}; says how much there was, if that can be had. */
  private void checkTaken(int code, long bytes) {
    long[] free = new long[1];
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY
        && CudaDriver.cuMemGetInfo(free, new long[1]) == CUresult.CUDA_SUCCESS) {
      throw new DeviceOutOfMemoryException(
          CudaErrors.BACKEND,
          "cuMemAlloc",
          code,
          CudaErrors.name(code),
          String.format(
              Locale.ROOT,
              "%,d bytes: %,d of the %,d bytes of %s are free",
              bytes,
              free[0],
              found.memoryBytes(),
              found.name()),
          null);
    }
    CudaErrors.check(code, "cuMemAlloc");
  }

  private static void zero(CudaContext.Current now, CUdeviceptr from, long bytes) {
    CudaErrors.check(
        CudaDriver.cuMemsetD8Async(from, (byte) 0, bytes, now.stream()), "cuMemsetD8Async");
  }

  @Override
  public CudaMemory wrap(ForeignMemory memory) {
    CudaMemory wrapped = new CudaMemory(memory);
    new ForeignPointer(memory, wrapped).requireOn(found, context);
    return wrapped;
  }

  @Override
  public void free(CudaMemory memory) {
    try (CudaContext.Current now = context.enter()) {
      int waited = now.finish();
      // Whatever that was: nobody will ask again.
      int freed = memory.isForeign() ? CUresult.CUDA_SUCCESS : CudaDriver.cuMemFree(memory);
      CudaErrors.check(waited, "cuStreamSynchronize");
      CudaErrors.check(freed, "cuMemFree");
    }
  }

  /**
   * The queue is finished before a long transfer: that holds up the garbage collector while it has
   * a Java array, and would do so until all steps before it are done.
   */
  @Override
  public void send(CudaMemory target, DataType type, long at, Buffer source) {
    CUdeviceptr to = target.at(at * type.bytes());
    long bytes = (long) source.remaining() * type.bytes();
    try (CudaContext.Current now = context.enter()) {
      Staging staging = staging(now, target, bytes);
      if (staging != null) {
        staging.send(now, to, type, source);
      } else {
        await(now);
        CudaErrors.check(CudaDriver.cuMemcpyHtoD(to, pointer(source, type), bytes), "cuMemcpyHtoD");
      }
    }
  }

  @Override
  public void receive(CudaMemory source, DataType type, long at, Buffer target) {
    CUdeviceptr from = source.at(at * type.bytes());
    long bytes = (long) target.remaining() * type.bytes();
    try (CudaContext.Current now = context.enter()) {
      Staging staging = staging(now, source, bytes);
      if (staging != null) {
        staging.receive(now, from, type, target);
      } else {
        await(now);
        CudaErrors.check(
            CudaDriver.cuMemcpyDtoH(pointer(target, type), from, bytes), "cuMemcpyDtoH");
      }
    }
  }

  /**
   * What a transfer passes through; null if it is one with the driver's own. What is a framework's
   * is done when a call returns, as its streams know nothing of ours.
   */
  private static Staging staging(CudaContext.Current now, CudaMemory memory, long bytes) {
    boolean isStaged = bytes <= Staging.PIECE_BYTES && !memory.isForeign();
    return isStaged ? now.staging() : null;
  }

  /** JCuda itself counts an array's bytes in 32 bits, and so would miss what is beyond 2 GiB. */
  private static Pointer pointer(Buffer host, DataType type) {
    if (!host.hasArray()) {
      return Pointer.toBuffer(host);
    }
    Pointer array =
        switch (type.carrier()) {
          case FLOAT -> Pointer.to((float[]) host.array());
          case DOUBLE -> Pointer.to((double[]) host.array());
          case SHORT -> Pointer.to((short[]) host.array());
          case INT -> Pointer.to((int[]) host.array());
          case BYTE -> Pointer.to((byte[]) host.array());
        };
    return array.withByteOffset((host.arrayOffset() + (long) host.position()) * type.bytes());
  }

  @Override
  public Optional<PinnedMemory<CudaMemory>> pin(ByteBuffer memory) {
    return RegisteredMemory.of(context, memory);
  }

  @Override
  public void copy(
      CudaMemory source, long from, CudaMemory target, long to, DataType type, long length) {
    int bytes = type.bytes();
    try (CudaContext.Current now = context.enter()) {
      CudaErrors.check(
          CudaDriver.cuMemcpyDtoDAsync(
              target.at(to * bytes), source.at(from * bytes), length * bytes, now.stream()),
          "cuMemcpyDtoDAsync");
    }
  }

  @Override
  public void zero(CudaMemory memory, DataType type, long at, long length) {
    try (CudaContext.Current now = context.enter()) {
      zero(now, memory.at(at * type.bytes()), length * type.bytes());
    }
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<CudaMemory> rows) {
    try (CudaContext.Current now = context.enter()) {
      CudaKernel loaded = kernels.get(kernel);
      if (loaded == null) {
        loaded = load(kernel, Dialect.CUDA, "");
        kernels.put(kernel, loaded);
      }
      CudaErrors.check(loaded.launch(now, numbers, rows), "cuLaunchKernel");
    }
  }

  @Override
  public long nativeQueue() {
    return context.streamAddress();
  }

  @Override
  public int mostLaunches() {
    return TableMemory.MOST_LAUNCHES;
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, List<Rows<CudaMemory>> rows) {
    try (CudaContext.Current now = context.enter()) {
      CudaKernel loaded = kernelsOfMany.get(kernel);
      if (loaded == null) {
        loaded = load(kernel, Dialect.CUDA_MANY, KernelText.MANY);
        kernelsOfMany.put(kernel, loaded);
      }
      CudaErrors.check(loaded.launch(now, numbers, rows), "cuLaunchKernel");
    }
  }

  private CudaKernel load(Kernel kernel, Dialect dialect, String suffix) {
    return new CudaKernel(
        kernel,
        new KernelText(dialect, kernel.family(), 1),
        context.function(kernel.family() + suffix, kernel.name() + suffix));
  }

  @Override
  public void await() {
    try (CudaContext.Current now = context.enter()) {
      await(now);
    }
  }

  private static void await(CudaContext.Current now) {
    CudaErrors.check(now.finish(), "cuStreamSynchronize");
  }

  @Override
  public boolean isHung() {
    return context.isHung();
  }

  @Override
  public void release() {
    context.close();
  }
}
