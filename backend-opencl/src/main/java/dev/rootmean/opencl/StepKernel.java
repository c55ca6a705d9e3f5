package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.Coefficients;
import dev.rootmean.kernels.CoefficientBlock;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.spi.BackendBuffer;
import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/**
 * The built kernel of one variant with the arguments that it has. An argument is set when it
 * differs from what the last step had, through pointers that are made once: a step allocates
 * nothing.
 */
final class StepKernel implements AutoCloseable {
  private static final int N = 0;
  private static final int VECTORS = 1;
  private static final int COEFFICIENTS = 2;
  private static final int FIRST_ROW = 3;

  private final KernelSource source;
  private final cl_program program;
  private final cl_kernel kernel;
  private final Whole n = new Whole(N);
  private final Whole vectors = new Whole(VECTORS);
  private final Row[] rows;
  private final CoefficientBlock coefficients;
  private final Pointer coefficientsPointer;
  private final long[] globalSize = new long[1];
  private final long[] groupSize = {KernelSource.GROUP};

  StepKernel(cl_context context, OpenClDevice device, KernelSource source) {
    this.source = source;
    program = build(context, device, source.text());
    int[] code = new int[1];
    kernel = CL.clCreateKernel(program, source.name(), code);
    if (code[0] != CL.CL_SUCCESS) {
      CL.clReleaseProgram(program);
      throw OpenClErrors.exception(code[0], "clCreateKernel", "failed");
    }
    coefficients = new CoefficientBlock(source.type());
    coefficientsPointer = Pointer.to(coefficients.bytes());
    rows = new Row[source.variant().rows()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new Row(FIRST_ROW + 2 * i);
    }
  }

  private static cl_program build(cl_context context, OpenClDevice device, String text) {
    int[] code = new int[1];
    cl_program program = CL.clCreateProgramWithSource(context, 1, new String[] {text}, null, code);
    OpenClErrors.check(code[0], "clCreateProgramWithSource");
    String options =
        "-cl-std=CL1.2"
            + (device.roundsCorrectly() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    cl_device_id[] devices = {device.id()};
    int built = CL.clBuildProgram(program, 1, devices, options, null, null);
    if (built != CL.CL_SUCCESS) {
      String log = log(program, device.id());
      CL.clReleaseProgram(program);
      throw OpenClErrors.exception(
          built, "clBuildProgram", device.name() + " does not build the kernel: " + log);
    }
    return program;
  }

  private static String log(cl_program program, cl_device_id device) {
    long[] size = new long[1];
    int what = CL.CL_PROGRAM_BUILD_LOG;
    if (CL.clGetProgramBuildInfo(program, device, what, 0, null, size) != CL.CL_SUCCESS) {
      return "(no log)";
    }
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetProgramBuildInfo(program, device, what, bytes.length, Pointer.to(bytes), null);
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** Queues a step; b and m are null where the variant has none. */
  void queue(
      cl_command_queue queue,
      Coefficients k,
      BackendBuffer<OpenClMemory> p,
      BackendBuffer<OpenClMemory> g,
      BackendBuffer<OpenClMemory> v,
      BackendBuffer<OpenClMemory> b,
      BackendBuffer<OpenClMemory> m) {
    rows[0].set(p);
    rows[1].set(g);
    rows[2].set(v);
    long offsets = p.offset() | g.offset() | v.offset();
    int next = 3;
    if (b != null) {
      rows[next++].set(b);
      offsets |= b.offset();
    }
    if (m != null) {
      rows[next].set(m);
      offsets |= m.offset();
    }
    if (coefficients.set(k)) {
      setArgument(COEFFICIENTS, coefficients.bytes().capacity(), coefficientsPointer);
    }
    long length = p.length();
    long inVectors = source.vectors(length, offsets);
    n.set(length);
    vectors.set(inVectors);
    globalSize[0] = source.groups(length, inVectors) * KernelSource.GROUP;
    int code =
        CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, globalSize, groupSize, 0, null, null);
    if (code != CL.CL_SUCCESS) {
      throw failed(code);
    }
  }

  private BackendException failed(int code) {
    return OpenClErrors.exception(
        code, "clEnqueueNDRangeKernel", "step " + source.variant() + " failed");
  }

  private void setArgument(int index, long bytes, Pointer value) {
    OpenClErrors.check(CL.clSetKernelArg(kernel, index, bytes, value), "clSetKernelArg");
  }

  @Override
  public void close() {
    CL.clReleaseKernel(kernel);
    CL.clReleaseProgram(program);
  }

  /** A whole number as an argument. */
  private final class Whole {
    private final int index;
    private final long[] value = {-1};
    private final Pointer pointer = Pointer.to(value);

    Whole(int index) {
      this.index = index;
    }

    void set(long wanted) {
      if (value[0] != wanted) {
        value[0] = wanted;
        setArgument(index, Long.BYTES, pointer);
      }
    }
  }

  /** A buffer as two arguments: its memory, and where in it the buffer begins. */
  private final class Row {
    private final int index;
    private final Whole offset;
    private OpenClMemory memory;

    Row(int index) {
      this.index = index;
      this.offset = new Whole(index + 1);
    }

    @SuppressWarnings("ReferenceEquality") // another allocation is another handle
    void set(BackendBuffer<OpenClMemory> buffer) {
      if (memory != buffer.memory()) {
        memory = buffer.memory();
        setArgument(index, Sizeof.cl_mem, memory.asArgument());
      }
      offset.set(buffer.offset());
    }
  }
}
