package dev.rootmean.cuda;

import dev.rootmean.Coefficients;
import dev.rootmean.kernels.CoefficientBlock;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.spi.MemoryRange;
import jcuda.driver.CUstream;

/** The kernel of a step of one variant and type. */
final class StepKernel {
  private static final int N = 0;
  private static final int VECTORS = 1;

  private final KernelSource source;
  private final CoefficientBlock coefficients;
  private final KernelArguments arguments;

  StepKernel(CudaContext context, KernelSource source) {
    this.source = source;
    coefficients = new CoefficientBlock(source.type());
    arguments = new KernelArguments(context.kernel(source.name()), 2, coefficients, source.rows());
  }

  /** Queues a step and gives the driver's code; what the variant has none of is null. */
  int launch(
      CUstream stream,
      Coefficients k,
      MemoryRange<CudaMemory> p,
      MemoryRange<CudaMemory> g,
      MemoryRange<CudaMemory> v,
      MemoryRange<CudaMemory> b,
      MemoryRange<CudaMemory> m,
      MemoryRange<CudaMemory> decision) {
    coefficients.set(k);
    long offsets = arguments.row(0, p) | arguments.row(1, g) | arguments.row(2, v);
    int next = 3;
    if (b != null) {
      offsets |= arguments.row(next++, b);
    }
    if (m != null) {
      offsets |= arguments.row(next++, m);
    }
    if (decision != null) {
      arguments.row(next, decision);
    }
    long length = p.length();
    long vectors = source.vectors(length, offsets);
    arguments.whole(N, length);
    arguments.whole(VECTORS, vectors);
    return arguments.launch(stream, source.groups(length, vectors));
  }
}
