package dev.rootmean.cpu;

import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Copies between a buffer and the host; a unit is what lies on one page. */
final class TransferTask implements Workers.Task {
  private final Workers workers;
  private Object[] pages;
  private long offset;
  private Buffer host;
  private boolean toDevice;
  private volatile boolean failed;

  TransferTask(Workers workers) {
    this.workers = workers;
  }

  void write(Object[] pages, long offset, Buffer source) {
    run("write", pages, offset, source, true);
  }

  void read(Object[] pages, long offset, Buffer target) {
    run("read", pages, offset, target, false);
  }

  private void run(String operation, Object[] pages, long offset, Buffer host, boolean toDevice) {
    this.pages = pages;
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
      this.pages = null;
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
    int index = Pages.index(from);
    if (host instanceof FloatBuffer floats) {
      float[] page = (float[]) Pages.page(pages, from);
      if (toDevice) {
        floats.get(at, page, index, count);
      } else {
        floats.put(at, page, index, count);
      }
    } else {
      DoubleBuffer doubles = (DoubleBuffer) host;
      double[] page = (double[]) Pages.page(pages, from);
      if (toDevice) {
        doubles.get(at, page, index, count);
      } else {
        doubles.put(at, page, index, count);
      }
    }
  }
}
