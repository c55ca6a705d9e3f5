package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.Variant;
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
  private static final int FOURS = 1;
  private static final int COEFFICIENTS = 2;
  private static final int FIRST_ROW = 3;

  private final Variant variant;
  private final int width;
  private final cl_program program;
  private final cl_kernel kernel;
  private final Whole n = new Whole(N);
  private final Whole fours = new Whole(FOURS);
  private final Row[] rows;
  private final float[] k = new float[12];
  private final Pointer coefficientsPointer = Pointer.to(k);
  private final long[] globalSize = new long[1];
  private final long[] groupSize = {KernelSource.GROUP};
  private Coefficients coefficients;

  StepKernel(cl_context context, OpenClDevice device, Variant variant, int width) {
    this.variant = variant;
    this.width = width;
    String text =
        new KernelSource(KernelSource.Dialect.OPENCL, variant, DataType.FLOAT32, width).text();
    program = build(context, device, text);
    int[] code = new int[1];
    kernel = CL.clCreateKernel(program, KernelSource.NAME, code);
    if (code[0] != CL.CL_SUCCESS) {
      CL.clReleaseProgram(program);
      throw OpenClErrors.exception(code[0], "clCreateKernel", "failed");
    }
    rows = new Row[3 + (variant.momentum() ? 1 : 0) + (variant.centered() ? 1 : 0)];
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
      Coefficients coefficients,
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
    setCoefficients(coefficients);
    long length = p.length();
    long inFours = width == 4 && offsets % 4 == 0 ? length / 4 : 0;
    n.set(length);
    fours.set(inFours);
    long items = length - 3 * inFours;
    globalSize[0] = (items + KernelSource.GROUP - 1) / KernelSource.GROUP * KernelSource.GROUP;
    int code =
        CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, globalSize, groupSize, 0, null, null);
    if (code != CL.CL_SUCCESS) {
      throw failed(code);
    }
  }

  private BackendException failed(int code) {
    return OpenClErrors.exception(code, "clEnqueueNDRangeKernel", "step " + variant + " failed");
  }

  @SuppressWarnings("ReferenceEquality") // the same rule comes with the same coefficients
  private void setCoefficients(Coefficients c) {
    if (c == coefficients) {
      return;
    }
    k[0] = (float) c.scale(); // in the order of the kernel's struct
    k[1] = (float) c.l2();
    k[2] = (float) c.decay();
    k[3] = (float) c.oneMinusDecay();
    k[4] = (float) c.epsilonInside();
    k[5] = (float) c.epsilonOutside();
    k[6] = (float) c.shrink();
    k[7] = (float) c.outer();
    k[8] = (float) c.inner();
    k[9] = (float) c.momentum();
    k[10] = (float) c.ahead();
    k[11] = (float) c.along();
    setArgument(COEFFICIENTS, (long) k.length * Float.BYTES, coefficientsPointer);
    coefficients = c;
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
