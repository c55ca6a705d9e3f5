package dev.rootmean.cuda;

import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.kernels.PolicyBlock;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.spi.MemoryRange;
import jcuda.driver.CUstream;

/** What policies want of one type: measuring gradients, and adding micro-batches. */
final class PolicyKernels {
  private final PolicySource source;
  private final PolicyBlock block;
  private final KernelArguments sum;
  private final KernelArguments decide;
  private final KernelArguments add;

  PolicyKernels(CudaContext context, PolicySource source) {
    this.source = source;
    block = new PolicyBlock(source.type());
    sum = new KernelArguments(context.kernel(source.sum()), 2, null, 2);
    decide = new KernelArguments(context.kernel(source.decide()), 1, block, 1);
    add = new KernelArguments(context.kernel(source.add()), 1, null, 2);
  }

  /** Queues the first half of a measurement and gives the driver's code. */
  int sum(CUstream stream, MemoryRange<CudaMemory> grads, MemoryRange<CudaMemory> decision) {
    sum.whole(0, grads.length());
    sum.whole(1, source.vectors(grads.length(), sum.row(0, grads)));
    sum.row(1, decision);
    return sum.launch(stream, GradientDecision.chunks(grads.length()));
  }

  /** Queues the other half, for as many gradients, and gives the driver's code. */
  int decide(
      CUstream stream, GradientPolicy policy, long gradients, MemoryRange<CudaMemory> decision) {
    block.set(policy);
    decide.whole(0, GradientDecision.chunks(gradients));
    decide.row(0, decision);
    return decide.launch(stream, 1);
  }

  /** Queues an addition and gives the driver's code. */
  int add(CUstream stream, MemoryRange<CudaMemory> addend, MemoryRange<CudaMemory> target) {
    add.whole(0, target.length());
    add.row(0, target);
    add.row(1, addend);
    return add.launch(stream, source.addGroups(target.length()));
  }
}
