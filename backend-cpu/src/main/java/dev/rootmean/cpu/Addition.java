package dev.rootmean.cpu;

import dev.rootmean.spi.BackendBuffer;

/** Adds one buffer to another; a unit is as much of the target as a page has. */
final class Addition implements Workers.Task {
  private BackendBuffer<Object[]> addend;
  private BackendBuffer<Object[]> target;
  private PageLoops loops;

  void run(BackendBuffer<Object[]> addend, BackendBuffer<Object[]> target, Workers workers) {
    this.addend = addend;
    this.target = target;
    loops = PageLoops.of(target.dataType());
    workers.run(this, Math.toIntExact((target.length() - 1) / Pages.SIZE + 1));
    this.addend = null;
    this.target = null;
  }

  @Override
  public void run(int unit, int worker) {
    long end = Math.min(target.length(), (long) (unit + 1) * Pages.SIZE);
    int count;
    for (long i = (long) unit * Pages.SIZE; i < end; i += count) {
      long from = addend.offset() + i;
      long to = target.offset() + i;
      int most = Pages.SIZE - Math.max(Pages.index(from), Pages.index(to));
      count = (int) Math.min(most, end - i);
      Object source = Pages.page(addend.memory(), from);
      Object sum = Pages.page(target.memory(), to);
      loops.add(source, Pages.index(from), sum, Pages.index(to), count);
    }
  }
}
