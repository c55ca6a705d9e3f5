package dev.rootmean.opencl;

import dev.rootmean.Coefficients;
import dev.rootmean.kernels.CoefficientBlock;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.spi.MemoryRange;

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
  private final OpenClKernel.Row decisionRow;
  private final OpenClKernel.Part part = this::prepare;
  private final CoefficientBlock block;
  private long offsets;

  StepKernel(OpenClQueue queue, KernelSource source) {
    this.source = source;
    program = new BuiltProgram(queue, source.text());
    try {
      kernel = new OpenClKernel(queue, program, source.name());
      block = new CoefficientBlock(source.type());
      n = kernel.new Whole(0);
      vectors = kernel.new Whole(1);
      coefficients = kernel.new Struct(2, block);
      rows = new OpenClKernel.Row[source.variant().rows()];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = kernel.new Row(FIRST_ROW + 2 * i);
      }
      decisionRow = source.controlled() ? kernel.new Row(FIRST_ROW + 2 * rows.length) : null;
    } catch (Throwable e) {
      program.close();
      throw e;
    }
  }

  /** Queues a step; what the variant has none of is null. */
  void queue(
      Coefficients k,
      MemoryRange<OpenClMemory> p,
      MemoryRange<OpenClMemory> g,
      MemoryRange<OpenClMemory> v,
      MemoryRange<OpenClMemory> b,
      MemoryRange<OpenClMemory> m,
      MemoryRange<OpenClMemory> decision) {
    rows[0].set(p);
    rows[1].set(g);
    rows[2].set(v);
    offsets = p.offset() | g.offset() | v.offset();
    int next = 3;
    if (b != null) {
      rows[next++].set(b);
      offsets |= b.offset();
    }
    if (m != null) {
      rows[next].set(m);
      offsets |= m.offset();
    }
    if (decisionRow != null) {
      decisionRow.set(decision).begin(0);
    }
    coefficients.set(block.set(k));
    kernel.launchEach(p.length(), rows, part);
  }

  /** The parts of a step begin on a vector where the whole does. */
  private long prepare(long length) {
    long inVectors = source.vectors(length, offsets);
    n.set(length);
    vectors.set(inVectors);
    return source.groups(length, inVectors);
  }

  @Override
  public void close() {
    program.close();
  }
}
