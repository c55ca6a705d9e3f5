package dev.rootmean.opencl;

import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.PolicyBlock;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.spi.MemoryRange;

/** What policies want of one type: measuring gradients, and adding micro-batches. */
final class PolicyKernels implements AutoCloseable {
  private final PolicySource source;
  private final long mostChunks;
  private final BuiltProgram program;
  private final OpenClKernel sum;
  private final OpenClKernel.Whole sumLength;
  private final OpenClKernel.Whole sumVectors;
  private final OpenClKernel.Row sumGrads;
  private final OpenClKernel.Row sumControl;
  private final OpenClKernel decide;
  private final OpenClKernel.Whole decideChunks;
  private final OpenClKernel.Struct decidePolicy;
  private final OpenClKernel.Row decideControl;
  private final OpenClKernel add;
  private final OpenClKernel.Whole addLength;
  private final OpenClKernel.Row[] addRows;
  private final OpenClKernel.Part addPart = this::prepareAdd;
  private final PolicyBlock block;

  PolicyKernels(OpenClQueue queue, PolicySource source) {
    this.source = source;
    mostChunks = queue.most() / KernelSource.GROUP;
    program = new BuiltProgram(queue, source.text());
    try {
      block = new PolicyBlock(source.type());
      sum = new OpenClKernel(queue, program, source.sum());
      sumLength = sum.new Whole(0);
      sumVectors = sum.new Whole(1);
      sumGrads = sum.new Row(2);
      sumControl = sum.new Row(4);
      decide = new OpenClKernel(queue, program, source.decide());
      decideChunks = decide.new Whole(0);
      decidePolicy = decide.new Struct(1, block);
      decideControl = decide.new Row(2);
      add = new OpenClKernel(queue, program, source.add());
      addLength = add.new Whole(0);
      addRows = new OpenClKernel.Row[] {add.new Row(1), add.new Row(3)};
    } catch (Throwable e) {
      program.close();
      throw e;
    }
  }

  /**
   * A group sums a chunk; where the chunks take several launches, each begins at its own, and on a
   * vector where the whole does.
   */
  void queueMeasure(
      GradientPolicy policy, MemoryRange<OpenClMemory> grads, MemoryRange<OpenClMemory> decision) {
    long chunks = GradientDecision.chunks(grads.length());
    sumGrads.set(grads);
    sumControl.set(decision);
    for (long chunk = 0; chunk < chunks; chunk += mostChunks) {
      long first = chunk * GradientDecision.CHUNK;
      sumGrads.begin(first);
      sumControl.begin(chunk);
      sumLength.set(grads.length() - first);
      sumVectors.set(source.vectors(grads.length() - first, grads.offset()));
      sum.launch(Math.min(mostChunks, chunks - chunk));
    }
    decideChunks.set(chunks);
    decideControl.set(decision).begin(0);
    decidePolicy.set(block.set(policy));
    decide.launch(1);
  }

  void queueAdd(MemoryRange<OpenClMemory> addend, MemoryRange<OpenClMemory> target) {
    addRows[0].set(target);
    addRows[1].set(addend);
    add.launchEach(target.length(), addRows, addPart);
  }

  private long prepareAdd(long length) {
    addLength.set(length);
    return source.addGroups(length);
  }

  @Override
  public void close() {
    program.close();
  }
}
