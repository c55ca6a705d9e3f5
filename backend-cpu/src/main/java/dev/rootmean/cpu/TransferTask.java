package dev.rootmean.cpu;

import java.nio.Buffer;

/** Copies between a buffer and the host; a unit is what lies on one page. */
final class TransferTask implements Workers.Task {
  private final Workers workers;
  private CpuMemory memory;
  private long offset;
  private Buffer host;
  private boolean toDevice;
  private volatile boolean failed;

  TransferTask(Workers workers) {
    this.workers = workers;
  }

  void send(CpuMemory target, long at, Buffer source) {
    run("send", target, at, source, true);
  }

  void receive(CpuMemory source, long at, Buffer target) {
    run("receive", source, at, target, false);
  }

  private void run(String operation, CpuMemory memory, long offset, Buffer host, boolean toDevice) {
    this.memory = memory;
    this.offset = offset;
    this.host = host;
    this.toDevice = toDevice;
    failed = false;
    int units = (Pages.index(offset) + host.remaining() - 1) / Pages.SIZE + 1;
    try {
      workers.run(operation, this, units, host.remaining() / 4);
      for (int unit = 0; failed && unit < units; unit++) {
        move(unit);
      }
    } finally {
      this.memory = null;
      this.host = null;
    }
  }

  /** Some memory can be touched by its owner's thread alone: then the caller does all once more. */
  @Override
  public void run(int unit, int worker) {
    try {
      move(unit);
    } catch (Throwable e) { // no loss: the caller meets it again
      failed = true;
    }
  }

  private void move(int unit) {
    long pageStart = offset - Pages.index(offset) + (long) unit * Pages.SIZE;
    long from = Math.max(offset, pageStart);
    int at = host.position() + (int) (from - offset);
    int count = (int) Math.min(pageStart + Pages.SIZE - from, host.limit() - at);
    if (toDevice) {
      memory.send(host, at, from, count);
    } else {
      memory.receive(from, host, at, count);
    }
  }
}
