package dev.rootmean.cli.train.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.opencl.OpenCl;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_program;

/**
 * A context and an in-order queue of this program's own on a device, with what is computed there:
 * matrix products, small kernels, and a backend's steps, all in the order of that queue. For one
 * thread at a time.
 */
public final class DeviceSession implements AutoCloseable {
  static final String BACKEND = "opencl";

  private static final String KERNELS = "perceptron.cl";
  private static final long GROUP = 64;

  /** What undoes each thing that was done, the last one first. */
  private final Deque<Runnable> releases = new ArrayDeque<>();

  private final Map<String, cl_kernel> kernels = new HashMap<>();
  private final cl_context context;
  private final cl_command_queue queue;
  private final OptimizerBackend backend;
  private final cl_program program;
  private long bytesTaken;

  /**
   * Opens a device.
   *
   * @param name what is written behind {@code opencl:}; empty for the best device
   * @throws BackendException if there is none of that name, or it or CLBlast cannot be used
   */
  public DeviceSession(String name) {
    cl_device_id device = OpenCl.device(name);
    Clblast.load();
    try {
      int[] code = new int[1];
      context = CL.clCreateContext(null, 1, new cl_device_id[] {device}, null, null, code);
      check(code[0], "clCreateContext");
      releases.push(() -> CL.clReleaseContext(context));
      queue = queue(device, code);
      releases.push(() -> CL.clReleaseCommandQueue(queue));
      releases.push(Clblast::forget);
      backend = OpenCl.open(context, device, queue);
      releases.push(backend::close);
      program = CL.clCreateProgramWithSource(context, 1, new String[] {text()}, null, code);
      check(code[0], "clCreateProgramWithSource");
      releases.push(() -> CL.clReleaseProgram(program));
      check(CL.clBuildProgram(program, 0, null, "-cl-std=CL1.2", null, null), "clBuildProgram");
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  @SuppressWarnings("deprecation") // what replaces it is missing on macOS
  private cl_command_queue queue(cl_device_id device, int[] code) {
    cl_command_queue created = CL.clCreateCommandQueue(context, device, 0, code);
    check(code[0], "clCreateCommandQueue");
    return created;
  }

  private static String text() {
    try (InputStream in = DeviceSession.class.getResourceAsStream(KERNELS)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(KERNELS + " of this jar cannot be read", e);
    }
  }

  /** {@return what steps in the memory of this session; it is closed with it} */
  public OptimizerBackend backend() {
    return backend;
  }

  /**
   * Takes memory, of whatever content.
   *
   * @param length in numbers of four bytes
   * @return memory that is released with this session
   * @throws DeviceOutOfMemoryException if there is too little
   */
  public DeviceMemory allocate(int length) {
    requireOpen();
    long bytes = (long) length * Float.BYTES;
    long all = backend.info().totalMemoryBytes();
    if (bytes > all - bytesTaken) { // PoCL does not refuse: the system ends the process in the end
      String reason =
          String.format(
              Locale.ROOT, "%,d bytes: %,d of the device's %,d are taken", bytes, bytesTaken, all);
      throw new DeviceOutOfMemoryException(BACKEND, "allocate", 0, "", reason, null);
    }
    int[] code = new int[1];
    cl_mem handle = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, code);
    check(code[0], "clCreateBuffer");
    releases.push(() -> CL.clReleaseMemObject(handle));
    bytesTaken += bytes;
    return new DeviceMemory(handle, length);
  }

  /**
   * Makes memory a buffer of the backend's.
   *
   * @param memory of this session, of floats
   * @return a buffer that is closed with this session
   */
  public DeviceBuffer wrap(DeviceMemory memory) {
    ForeignMemory foreign =
        ForeignMemory.openCl(memory.handle(), 0, DataType.FLOAT32, memory.length(), memory);
    DeviceBuffer buffer = backend.wrap(foreign);
    releases.push(buffer::close);
    return buffer;
  }

  /**
   * Copies floats to the device.
   *
   * @param target at least as long
   * @param source at least as long
   * @param count how many, from the first on
   */
  public void send(DeviceMemory target, float[] source, int count) {
    send(target, Pointer.to(source), count);
  }

  /**
   * Copies whole numbers to the device.
   *
   * @param target at least as long
   * @param source at least as long
   * @param count how many, from the first on
   */
  public void send(DeviceMemory target, int[] source, int count) {
    send(target, Pointer.to(source), count);
  }

  private void send(DeviceMemory target, Pointer source, int count) {
    requireOpen();
    long bytes = (long) count * Float.BYTES;
    check(
        CL.clEnqueueWriteBuffer(queue, target.handle(), true, 0, bytes, source, 0, null, null),
        "clEnqueueWriteBuffer");
  }

  /**
   * Waits for all that is queued, and copies floats from the device.
   *
   * @param source at least as long
   * @param count how many, from the first on
   * @return a new array of them
   */
  public float[] receive(DeviceMemory source, int count) {
    requireOpen();
    float[] target = new float[count];
    long bytes = (long) count * Float.BYTES;
    Pointer to = Pointer.to(target);
    check(
        CL.clEnqueueReadBuffer(queue, source.handle(), true, 0, bytes, to, 0, null, null),
        "clEnqueueReadBuffer");
    return target;
  }

  /**
   * Queues a product of matrices.
   *
   * @param left as many rows as the product
   * @param right as many columns as the product
   * @param product not transposed; what was in it does not count
   */
  public void multiply(DeviceMatrix left, DeviceMatrix right, DeviceMatrix product) {
    requireOpen();
    int code = Clblast.multiply(queue, left, right, product);
    if (code != CL.CL_SUCCESS) {
      throw failure(code, Clblast.nameOf(code), "CLBlastSgemm");
    }
  }

  /**
   * Queues a kernel.
   *
   * @param name one of perceptron.cl
   * @param items its first argument, how many work-items have something to do
   * @param arguments the others, each a {@link DeviceMemory} or an {@link Integer}
   */
  public void launch(String name, int items, Object... arguments) {
    requireOpen();
    cl_kernel kernel = kernels.computeIfAbsent(name, this::kernel);
    set(kernel, 0, items);
    for (int i = 0; i < arguments.length; i++) {
      set(kernel, i + 1, arguments[i]);
    }
    long[] size = {(items + GROUP - 1) / GROUP * GROUP};
    long[] group = {GROUP};
    check(
        CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, size, group, 0, null, null),
        "clEnqueueNDRangeKernel");
  }

  private cl_kernel kernel(String name) {
    int[] code = new int[1];
    cl_kernel kernel = CL.clCreateKernel(program, name, code);
    check(code[0], "clCreateKernel");
    releases.push(() -> CL.clReleaseKernel(kernel));
    return kernel;
  }

  private static void set(cl_kernel kernel, int index, Object value) {
    int code =
        value instanceof DeviceMemory memory
            ? CL.clSetKernelArg(kernel, index, Sizeof.cl_mem, memory.argument())
            : CL.clSetKernelArg(
                kernel, index, Sizeof.cl_int, Pointer.to(new int[] {(Integer) value}));
    check(code, "clSetKernelArg");
  }

  /** What was released is not to be used or released again: that ends the process. */
  private void requireOpen() {
    if (releases.isEmpty()) {
      throw new IllegalStateException("the session is closed");
    }
  }

  private static void check(int code, String call) {
    if (code != CL.CL_SUCCESS) {
      throw failure(code, CL.stringFor_errorCode(code), call);
    }
  }

  private static BackendException failure(int code, String name, String call) {
    return switch (code) {
      case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
          CL.CL_OUT_OF_HOST_MEMORY,
          CL.CL_INVALID_BUFFER_SIZE ->
          new DeviceOutOfMemoryException(
              BACKEND, call, code, name, "the device has too little memory", null);
      default -> new BackendException(BACKEND, call, code, name, "failed", null);
    };
  }

  /** Waits for the queue, and then gives everything back, the last that was taken first. */
  @Override
  public void close() {
    if (queue != null && !releases.isEmpty()) {
      CL.clFinish(queue);
    }
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
  }
}
