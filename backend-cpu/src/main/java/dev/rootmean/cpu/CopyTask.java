package dev.rootmean.cpu;

/** Copies elements from one buffer to another; a unit is as many as a page has. */
final class CopyTask implements Workers.Task {
  private final Workers workers;
  private CpuMemory source;
  private CpuMemory target;
  private long from;
  private long to;
  private long length;

  CopyTask(Workers workers) {
    this.workers = workers;
  }

  void copy(CpuMemory source, long from, CpuMemory target, long to, long length) {
    this.source = source;
    this.from = from;
    this.target = target;
    this.to = to;
    this.length = length;
    try {
      int units = Math.toIntExact((length - 1) / Pages.SIZE + 1);
      if (target.sharing() == 1) {
        workers.run("copy", this, units, length / 4);
        return;
      }
      for (int unit = 0; unit < units; unit++) { // by one thread
        run(unit, 0);
      }
    } finally {
      this.source = null;
      this.target = null;
    }
  }

  @Override
  public void run(int unit, int worker) {
    long end = Math.min(length, (unit + 1L) * Pages.SIZE);
    int count;
    for (long i = (long) unit * Pages.SIZE; i < end; i += count) {
      int rest = Math.min(Pages.rest(from + i), Pages.rest(to + i));
      count = (int) Math.min(end - i, rest);
      source.copy(from + i, target, to + i, count);
    }
  }
}
