package dev.rootmean.opencl;

import dev.rootmean.Coefficients;
import dev.rootmean.kernels.CoefficientBlock;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.spi.MemoryRange;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;

/** The kernel of a step of one variant and type. */
final class StepKernel implements AutoCloseable {
  private static final int FIRST_ROW = 3;

  private final KernelSource source;
  private final BuiltProgram program;
  private final OpenClKernel kernel;
  private final OpenClKernel.Whole n;
  private final OpenClKernel.Whole vectors;
  private final OpenClKernel.Struct coefficients;
  private final OpenClKernel.Row[] rows;
  private final CoefficientBlock block;

  StepKernel(cl_context context, OpenClDevice device, KernelSource source) {
    this.source = source;
    program = new BuiltProgram(context, device, source.text());
    kernel = new OpenClKernel(program, source.name());
    block = new CoefficientBlock(source.type());
    n = kernel.new Whole(0);
    vectors = kernel.new Whole(1);
    coefficients = kernel.new Struct(2, block);
    rows = new OpenClKernel.Row[source.rows()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = kernel.new Row(FIRST_ROW + 2 * i);
    }
  }

  /** Queues a step; what the variant has none of is null. */
  void queue(
      cl_command_queue queue,
      Coefficients k,
      MemoryRange<OpenClMemory> p,
      MemoryRange<OpenClMemory> g,
      MemoryRange<OpenClMemory> v,
      MemoryRange<OpenClMemory> b,
      MemoryRange<OpenClMemory> m,
      MemoryRange<OpenClMemory> control) {
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
      rows[next++].set(m);
      offsets |= m.offset();
    }
    if (control != null) {
      rows[next].set(control);
    }
    coefficients.set(block.set(k));
    long length = p.length();
    long inVectors = source.vectors(length, offsets);
    n.set(length);
    vectors.set(inVectors);
    kernel.launch(queue, source.groups(length, inVectors));
  }

  @Override
  public void close() {
    program.close();
  }
}
