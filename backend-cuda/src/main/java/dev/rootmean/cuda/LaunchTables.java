package dev.rootmean.cuda;

import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of lists of launches. There are few lists, one for each group of an optimizer, so they
 * are looked through; a list that is dropped leaves its table to the next one.
 */
final class LaunchTables implements AutoCloseable {
  /** More lists than a training has; if there are more, they send their tables in turn. */
  private static final int MOST = 64;

  private final TableMemory memory = new TableMemory();
  private final List<LaunchTable> tables = new ArrayList<>();
  private int oldest;

  /** On the device, or on the way there before the next launch. */
  LaunchTable of(
      CudaContext.Current now, Kernel kernel, KernelText text, List<Rows<CudaMemory>> list) {
    LaunchTable table = of(list);
    table.fill(kernel, text, list);
    table.send(now, memory);
    return table;
  }

  private LaunchTable of(List<Rows<CudaMemory>> list) {
    LaunchTable found = find(list);
    if (found != null) {
      return found;
    }
    LaunchTable free = find(null);
    if (free == null && tables.size() == MOST) {
      free = tables.get(oldest);
      oldest = (oldest + 1) % MOST;
    }
    if (free != null) {
      free.take(list);
      return free;
    }
    LaunchTable made = new LaunchTable(list);
    tables.add(made);
    return made;
  }

  private LaunchTable find(List<Rows<CudaMemory>> list) {
    for (int i = 0; i < tables.size(); i++) {
      if (tables.get(i).isOf(list)) {
        return tables.get(i);
      }
    }
    return null;
  }

  @Override
  public void close() {
    memory.close();
  }
}
