package dev.rootmean.cpu;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.DeviceCalls;
import dev.rootmean.spi.MemoryRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Buffers are pages on the Java heap; a step has ended when the call returns. */
final class CpuCalls implements DeviceCalls<Object[]> {
  static final String NAME = "cpu";

  private final FullHeap heap = new FullHeap();
  private final int threads;
  private final Workers workers;
  private final Map<DataType, StepTask> steps = new EnumMap<>(DataType.class);
  private final Map<DataType, SumOfSquares> sums = new EnumMap<>(DataType.class);
  private final PairTask pairs;
  private final TransferTask transfers;
  private int allocated;

  CpuCalls(int threads) {
    this.threads = threads;
    this.workers = new Workers(threads, heap);
    this.pairs = new PairTask(workers);
    this.transfers = new TransferTask(workers);
    for (DataType type : DataType.values()) {
      steps.put(type, new StepTask(type, threads));
      sums.put(type, new SumOfSquares(type, threads));
    }
  }

  OptimizerBackend backend() {
    return new DeviceBackend<>(
        new BackendInfo(NAME, describe(threads), memory(), true, Set.of(DataType.values())), this);
  }

  static String describe(int threads) {
    return processor() + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  /** As Linux calls it; elsewhere Java knows the architecture alone. */
  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException | UncheckedIOException e) {
      return System.getProperty("os.arch");
    }
  }

  static long memory() {
    return Runtime.getRuntime().maxMemory();
  }

  @Override
  public Object[] allocateMemory(DataType type, long length) {
    try {
      return Pages.allocate(type, length, allocated++);
    } catch (OutOfMemoryError e) {
      throw heap.during("allocate", length, " elements", e);
    }
  }

  @Override
  public void free(Object[] memory) {
    // The garbage collector's: the buffer has dropped its reference.
  }

  @Override
  public void copyToDevice(MemoryRange<Object[]> target, long offset, Buffer source) {
    transfers.write(target.memory(), target.offset() + offset, source);
  }

  @Override
  public void copyFromDevice(MemoryRange<Object[]> source, long offset, Buffer target) {
    transfers.read(source.memory(), source.offset() + offset, target);
  }

  @Override
  public void queueCopy(MemoryRange<Object[]> source, MemoryRange<Object[]> target) {
    pairs.copy(source, target);
  }

  @Override
  public void queueZero(MemoryRange<Object[]> target) {
    workers.requireWhole();
    Pages.zero(target.memory(), target.offset(), target.length());
  }

  @Override
  public void queueAdd(MemoryRange<Object[]> addend, MemoryRange<Object[]> target) {
    pairs.add(addend, target);
  }

  @Override
  public void queueMeasure(
      GradientPolicy policy, MemoryRange<Object[]> grads, MemoryRange<Object[]> decision) {
    sums.get(grads.dataType()).measure(policy, grads, decision, workers);
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<Object[]> params,
      MemoryRange<Object[]> grads,
      MemoryRange<Object[]> squareAverage,
      MemoryRange<Object[]> momentum,
      MemoryRange<Object[]> gradientAverage,
      MemoryRange<Object[]> decision) {
    workers.requireWhole();
    if (decision != null && PolicyDecision.get(decision, GradientDecision.SKIP) != 0) {
      return;
    }
    StepTask task = steps.get(params.dataType());
    if (decision == null) {
      task.scale(1, Double.POSITIVE_INFINITY);
    } else {
      task.scale(
          PolicyDecision.get(decision, GradientDecision.FACTOR),
          PolicyDecision.get(decision, GradientDecision.BOUND));
    }
    try {
      int units = task.set(k, params, grads, squareAverage, momentum, gradientAverage);
      workers.run("step", task, units, params.length());
    } finally {
      task.clear();
    }
  }

  @Override
  public void awaitQueue() {
    workers.requireWhole(); // every step has ended before its call returned
  }

  @Override
  public void releaseDevice() {
    workers.close();
  }
}
