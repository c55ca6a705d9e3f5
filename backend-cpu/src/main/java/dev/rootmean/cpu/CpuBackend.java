package dev.rootmean.cpu;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.spi.AbstractBackend;
import dev.rootmean.spi.BackendBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Buffers are pages on the Java heap; a step has ended when the call returns. */
final class CpuBackend extends AbstractBackend<float[][]> {
  static final String NAME = "cpu";

  private final Workers workers;
  private final StepTask task;
  private int allocated;

  CpuBackend(int threads) {
    super(new BackendInfo(NAME, describe(threads), memory(), true));
    this.workers = new Workers(threads);
    this.task = new StepTask(threads);
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
  protected float[][] allocateMemory(DataType type, long length) {
    try {
      return Pages.allocate(length, allocated++);
    } catch (OutOfMemoryError e) {
      throw new DeviceOutOfMemoryException(
          NAME,
          "allocate",
          0,
          "",
          length + " elements do not fit the Java heap of " + memory() + " bytes: raise -Xmx",
          e);
    }
  }

  @Override
  protected void free(float[][] memory) {
    // The garbage collector's: the buffer has dropped its reference.
  }

  @Override
  protected void copyToDevice(BackendBuffer<float[][]> target, long offset, FloatBuffer source) {
    Pages.put(target.memory(), target.offset() + offset, source);
  }

  @Override
  protected void copyFromDevice(BackendBuffer<float[][]> source, long offset, FloatBuffer target) {
    Pages.get(source.memory(), source.offset() + offset, target);
  }

  @Override
  protected void queueStep(
      Coefficients k,
      BackendBuffer<float[][]> params,
      BackendBuffer<float[][]> grads,
      BackendBuffer<float[][]> squareAverage,
      BackendBuffer<float[][]> momentum,
      BackendBuffer<float[][]> gradientAverage) {
    int units = task.set(k, params, grads, squareAverage, momentum, gradientAverage);
    workers.run(task, units);
    task.clear();
  }

  @Override
  protected void awaitQueue() {
    // Every step has ended before its call returned.
  }

  @Override
  protected void releaseDevice() {
    workers.close();
  }
}
