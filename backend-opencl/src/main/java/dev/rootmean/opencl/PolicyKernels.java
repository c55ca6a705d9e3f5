package dev.rootmean.opencl;

import dev.rootmean.GradientControl;
import dev.rootmean.GradientPolicy;
import dev.rootmean.kernels.PolicyBlock;
import dev.rootmean.kernels.PolicySource;
import dev.rootmean.spi.MemoryRange;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;

/** What policies want of one type: measuring gradients, and adding micro-batches. */
final class PolicyKernels implements AutoCloseable {
  private final PolicySource source;
  private final BuiltProgram program;
  private final OpenClKernel sum;
  private final OpenClKernel.Whole sumLength;
  private final OpenClKernel.Row sumGrads;
  private final OpenClKernel.Row sumControl;
  private final OpenClKernel decide;
  private final OpenClKernel.Whole decideChunks;
  private final OpenClKernel.Struct decidePolicy;
  private final OpenClKernel.Row decideControl;
  private final OpenClKernel add;
  private final OpenClKernel.Whole addLength;
  private final OpenClKernel.Row addTarget;
  private final OpenClKernel.Row addAddend;
  private final PolicyBlock block;

  PolicyKernels(cl_context context, OpenClDevice device, PolicySource source) {
    this.source = source;
    program = new BuiltProgram(context, device, source.text());
    block = new PolicyBlock(source.type());
    sum = new OpenClKernel(program, source.sum());
    sumLength = sum.new Whole(0);
    sumGrads = sum.new Row(1);
    sumControl = sum.new Row(3);
    decide = new OpenClKernel(program, source.decide());
    decideChunks = decide.new Whole(0);
    decidePolicy = decide.new Struct(1, block);
    decideControl = decide.new Row(2);
    add = new OpenClKernel(program, source.add());
    addLength = add.new Whole(0);
    addTarget = add.new Row(1);
    addAddend = add.new Row(3);
  }

  void queueMeasure(
      cl_command_queue queue,
      GradientPolicy policy,
      MemoryRange<OpenClMemory> grads,
      MemoryRange<OpenClMemory> control) {
    long chunks = GradientControl.chunks(grads.length());
    sumLength.set(grads.length());
    sumGrads.set(grads);
    sumControl.set(control);
    sum.launch(queue, chunks);
    decideChunks.set(chunks);
    decideControl.set(control);
    decidePolicy.set(block.set(policy));
    decide.launch(queue, 1);
  }

  void queueAdd(
      cl_command_queue queue, MemoryRange<OpenClMemory> addend, MemoryRange<OpenClMemory> target) {
    addLength.set(target.length());
    addTarget.set(target);
    addAddend.set(addend);
    add.launch(queue, source.addGroups(target.length()));
  }

  @Override
  public void close() {
    program.close();
  }
}
