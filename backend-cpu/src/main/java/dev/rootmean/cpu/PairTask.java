package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.MemoryRange;
import java.util.EnumMap;
import java.util.Map;

/** Copies one buffer to another, or adds it; a unit is as many elements as a page has. */
final class PairTask implements Workers.Task {
  private final Workers workers;
  private final Map<DataType, PageLoops> loopsByType = new EnumMap<>(DataType.class);
  private MemoryRange<Object[]> source;
  private MemoryRange<Object[]> target;

  /** Adds; null to copy. */
  private PageLoops loops;

  PairTask(Workers workers) {
    this.workers = workers;
    for (DataType type : DataType.values()) {
      loopsByType.put(type, PageLoops.of(type));
    }
  }

  void copy(MemoryRange<Object[]> source, MemoryRange<Object[]> target) {
    run("copyFrom", source, target, null);
  }

  void add(MemoryRange<Object[]> addend, MemoryRange<Object[]> target) {
    run("add", addend, target, loopsByType.get(target.dataType()));
  }

  private void run(
      String operation,
      MemoryRange<Object[]> source,
      MemoryRange<Object[]> target,
      PageLoops loops) {
    this.source = source;
    this.target = target;
    this.loops = loops;
    try {
      int units = Math.toIntExact((target.length() - 1) / Pages.SIZE + 1);
      workers.run(operation, this, units, target.length() / 4);
    } finally {
      this.source = null;
      this.target = null;
    }
  }

  @Override
  public void run(int unit, int worker) {
    long end = Math.min(target.length(), (long) (unit + 1) * Pages.SIZE);
    int count;
    for (long i = (long) unit * Pages.SIZE; i < end; i += count) {
      long from = source.offset() + i;
      long to = target.offset() + i;
      int fromIndex = Pages.index(from);
      int toIndex = Pages.index(to);
      count = (int) Math.min(Pages.SIZE - Math.max(fromIndex, toIndex), end - i);
      Object fromPage = Pages.page(source.memory(), from);
      Object toPage = Pages.page(target.memory(), to);
      if (loops == null) {
        System.arraycopy(fromPage, fromIndex, toPage, toIndex, count);
      } else {
        loops.add(fromPage, fromIndex, toPage, toIndex, count);
      }
    }
  }
}
