package dev.rootmean.cpu;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Buffers are pages on the Java heap; a step has ended when the call returns. */
final class CpuDevice implements Device<CpuMemory> {
  static final String NAME = "cpu";

  private static final Set<DataType> COMPUTED =
      Kernels.all().stream().map(Kernel::compute).collect(Collectors.toUnmodifiableSet());

  private final FullHeap heap = new FullHeap();
  private final int threads;
  private final ForeignSteps foreign;
  private final Workers workers;
  private final Map<Kernel, KernelTask> kernels = new HashMap<>();
  private final Map<Kernel, RowTask> kernelsOfRows = new HashMap<>();
  private final CopyTask copies;
  private final TransferTask transfers;
  private int allocated;

  CpuDevice(int threads) {
    this(threads, FoundSteps.find().steps());
  }

  CpuDevice(int threads, ForeignSteps foreign) {
    this.threads = threads;
    this.workers = new Workers(threads, heap);
    this.copies = new CopyTask(workers);
    this.transfers = new TransferTask(workers);
    this.foreign = foreign;
  }

  OptimizerBackend backend() {
    return backend(describe(threads));
  }

  OptimizerBackend backend(String description) {
    return new DeviceBackend<>(new BackendInfo(NAME, description, memory(), true, COMPUTED), this);
  }

  static String describe(int threads) {
    String many = threads == 1 ? " thread" : " threads";
    return processor() + ", " + threads + many + FoundSteps.find().inWords();
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
  public CpuMemory allocate(DataType type, long length) {
    try {
      return switch (type.carrier()) {
        case SHORT -> new HalfMemory(type, length);
        case BYTE -> new Block8Memory(type, length);
        case FLOAT, DOUBLE, INT -> PagedMemory.allocate(type, length, allocated++);
      };
    } catch (OutOfMemoryError e) {
      throw heap.during("allocate", length, " elements", e);
    }
  }

  @Override
  public CpuMemory wrap(ForeignMemory memory) {
    if (memory.kind() != ForeignMemory.Kind.HOST) {
      throw new IllegalArgumentException(memory + ": the cpu backend expected memory of the host");
    }
    return new WrappedMemory(memory);
  }

  @Override
  public void free(CpuMemory memory) {
    // The garbage collector's: the buffer has dropped its reference.
  }

  @Override
  public void send(CpuMemory target, DataType type, long at, Buffer source) {
    transfers.send(target, at, source);
  }

  @Override
  public void receive(CpuMemory source, DataType type, long at, Buffer target) {
    transfers.receive(source, at, target);
  }

  @Override
  public void copy(
      CpuMemory source, long from, CpuMemory target, long to, DataType type, long length) {
    copies.copy(source, from, target, to, length);
  }

  @Override
  public void zero(CpuMemory memory, DataType type, long at, long length) {
    workers.requireWhole();
    memory.zero(at, length);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<CpuMemory> rows) {
    workers.requireWhole();
    if (kernel.shape() == Kernel.Shape.EACH_ROW) {
      RowTask task = kernelsOfRows.get(kernel);
      if (task == null) {
        task = RowTask.of(kernel, threads);
        kernelsOfRows.put(kernel, task);
      }
      run(kernel, task, task.set(numbers, rows), task.work());
      return;
    }
    KernelTask task = task(kernel);
    run(kernel, task, task.set(numbers, rows), task.work());
  }

  @Override
  public int mostLaunches() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, List<Rows<CpuMemory>> rows) {
    workers.requireWhole();
    KernelTask task = task(kernel);
    run(kernel, task, task.set(numbers, rows), task.work());
  }

  private KernelTask task(Kernel kernel) {
    KernelTask task = kernels.get(kernel);
    if (task == null) {
      task = new KernelTask(kernel, threads, foreign);
      kernels.put(kernel, task);
    }
    return task;
  }

  private void run(Kernel kernel, Workers.Task task, int units, long work) {
    if (units > 0) {
      workers.run(kernel.name(), task, units, work);
    }
  }

  @Override
  public void await() {
    workers.requireWhole(); // every launch has ended before its call returned
  }

  @Override
  public void release() {
    workers.close();
  }
}
