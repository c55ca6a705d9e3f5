package dev.rootmean.opencl;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.KernelBuild;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** Memory, transfers and kernels on one device, in the order of one queue. */
final class OpenClDevice implements Device<OpenClMemory> {
  /** What drivers fill with at full speed. */
  private static final int ZERO_BYTES = 4;

  /** Of zeros to copy from: little beside what they are for, and in a GPU's cache. */
  private static final long ZEROS_BYTES = 1L << 24;

  private final OpenClDriver driver;
  private final FoundDevice found;
  private final OpenClQueue queue;
  private final int vectors;
  private final Map<String, BuiltProgram> programs = new HashMap<>();
  private final Map<Kernel, OpenClKernel> kernels = new HashMap<>();
  private final Pointer zero = Pointer.to(new byte[ZERO_BYTES]);
  private long bytesTaken;

  /** Null until there is something to zero that cannot be filled. */
  private cl_mem zeros;

  OpenClDevice(OpenClQueue queue, int vectors) {
    this.driver = queue.driver();
    this.found = queue.device();
    this.queue = queue;
    this.vectors = vectors;
  }

  /**
   * Opens a backend.
   *
   * @param queue from here on the backend's to close, also if this fails
   * @param vectors of 16 bytes that a work-item moves; 0 if it moves an element
   */
  static OptimizerBackend open(OpenClQueue queue, int vectors) {
    BackendInfo info;
    OpenClDevice device;
    try {
      info = queue.device().info();
      device = new OpenClDevice(queue, vectors);
    } catch (Throwable e) {
      queue.close();
      throw e;
    }
    return new DeviceBackend<>(info, device);
  }

  @Override
  public OpenClMemory allocate(DataType type, long length) {
    if (length > found.largestAllocation() / type.bytes()) {
      throw outOfMemory(
          "%,d elements of %d bytes: the largest allocation of %s is %,d bytes; split them into"
              + " several buffers, or use cuda on an NVIDIA GPU",
          length, type.bytes(), found.name(), found.largestAllocation());
    }
    long bytes = type.bytes(length);
    // Not all implementations refuse: PoCL goes on until the system ends the process.
    if (bytes > found.memoryBytes() - bytesTaken) {
      throw outOfMemory(
          "%,d bytes: %,d of the %,d bytes of %s are taken",
          bytes, bytesTaken, found.memoryBytes(), found.name());
    }
    queue.finish(); // so that what fails below is the allocation
    cl_mem handle = driver.clCreateBuffer(queue.context(), bytes);
    try {
      fill(handle, type, bytes);
      OpenClMemory memory = new OpenClMemory(handle, bytes);
      bytesTaken += bytes;
      return memory;
    } catch (Throwable e) {
      if (!isHung()) {
        driver.clReleaseMemObject(handle);
      }
      throw e;
    }
  }

  @Override
  public OpenClMemory wrap(ForeignMemory memory) {
    return OpenClMemory.wrap(queue, memory);
  }

  private static DeviceOutOfMemoryException outOfMemory(String reason, Object... numbers) {
    String text = String.format(Locale.ROOT, reason, numbers);
    return new DeviceOutOfMemoryException(OpenClErrors.BACKEND, "allocate", 0, "", text, null);
  }

  /** Many implementations take the memory only now. */
  private void fill(cl_mem handle, DataType type, long bytes) {
    int code = queueFill(handle, type, 0, bytes);
    if (code == CL.CL_SUCCESS) {
      code = queueZeros(handle, 0, bytes);
    }
    if (code == CL.CL_SUCCESS) {
      code = queue.finished();
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
  public void send(OpenClMemory target, DataType type, long at, Buffer source) {
    queue.finish();
    OpenClErrors.check(
        driver.clEnqueueWriteBuffer(
            queue.handle(),
            target.handle(),
            at * type.bytes(),
            (long) source.remaining() * type.bytes(),
            pointer(source, type)),
        "clEnqueueWriteBuffer");
  }

  @Override
  public void receive(OpenClMemory source, DataType type, long at, Buffer target) {
    queue.finish();
    OpenClErrors.check(
        driver.clEnqueueReadBuffer(
            queue.handle(),
            source.handle(),
            at * type.bytes(),
            (long) target.remaining() * type.bytes(),
            pointer(target, type)),
        "clEnqueueReadBuffer");
  }

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
  public void copy(
      OpenClMemory source, long from, OpenClMemory target, long to, DataType type, long length) {
    int bytes = type.bytes();
    int code =
        queueCopy(source.handle(), from * bytes, target.handle(), to * bytes, length * bytes);
    OpenClErrors.check(code, "clEnqueueCopyBuffer");
    queue.flush();
  }

  private int queueCopy(cl_mem source, long from, cl_mem target, long to, long bytes) {
    int code = CL.CL_SUCCESS;
    long most = queue.limits().copied();
    for (long done = 0; done < bytes && code == CL.CL_SUCCESS; done += most) {
      long part = Math.min(most, bytes - done);
      code =
          driver.clEnqueueCopyBuffer(queue.handle(), source, target, from + done, to + done, part);
    }
    return code;
  }

  @Override
  public void zero(OpenClMemory memory, DataType type, long at, long length) {
    long offset = at * type.bytes();
    long bytes = length * type.bytes();
    OpenClErrors.check(queueFill(memory.handle(), type, offset, bytes), "clEnqueueFillBuffer");
    OpenClErrors.check(queueZeros(memory.handle(), offset, bytes), "clEnqueueCopyBuffer");
    queue.flush();
  }

  /**
   * Fills what lies near the beginning with zeros, in pieces that divide the element: where it
   * begins and ends is a multiple of them.
   */
  private int queueFill(cl_mem memory, DataType type, long offset, long bytes) {
    long near = Math.min(bytes, queue.limits().filled() - offset);
    int piece = Math.min(ZERO_BYTES, type.bytes());
    return near <= 0
        ? CL.CL_SUCCESS
        : driver.clEnqueueFillBuffer(queue.handle(), memory, zero, piece, offset, near);
  }

  /** Copies zeros to what lies further. */
  private int queueZeros(cl_mem memory, long offset, long bytes) {
    int code = CL.CL_SUCCESS;
    long end = offset + bytes;
    long most = Math.min(ZEROS_BYTES, queue.limits().filled()); // so that all of them are filled
    long at = Math.max(offset, queue.limits().filled());
    for (; at < end && code == CL.CL_SUCCESS; at += most) {
      code = queueCopy(zeros(most), 0, memory, at, Math.min(most, end - at));
    }
    return code;
  }

  private cl_mem zeros(long bytes) {
    if (zeros == null) {
      cl_mem made = driver.clCreateBuffer(queue.context(), bytes);
      try {
        fill(made, DataType.FLOAT32, bytes);
      } catch (Throwable e) {
        if (!isHung()) {
          driver.clReleaseMemObject(made);
        }
        throw e;
      }
      zeros = made;
      bytesTaken += bytes;
    }
    return zeros;
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<OpenClMemory> rows) {
    OpenClKernel built = kernels.get(kernel);
    if (built == null) {
      built = build(kernel);
      kernels.put(kernel, built);
    }
    built.launch(numbers, rows);
    queue.flush();
  }

  private OpenClKernel build(Kernel kernel) {
    KernelText text = new KernelText(Dialect.OPENCL, kernel.family(), vectors);
    BuiltProgram program = programs.computeIfAbsent(kernel.family(), f -> build(f, text.text()));
    return new OpenClKernel(queue, program, text, kernel);
  }

  private BuiltProgram build(String family, String text) {
    return new KernelBuild(OpenClErrors.BACKEND, queue.device().name(), family)
        .of(text, () -> new BuiltProgram(queue, text));
  }

  @Override
  public long nativeQueue() {
    return queue.handle().getNativePointer();
  }

  @Override
  public void await() {
    queue.finish();
  }

  @Override
  public boolean isHung() {
    return queue.watchdog().isHung();
  }

  @Override
  public void release() {
    if (!isHung()) {
      programs.values().forEach(BuiltProgram::close);
      if (zeros != null) {
        driver.clReleaseMemObject(zeros);
      }
    }
    queue.close();
  }
}
