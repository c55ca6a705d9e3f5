package dev.rootmean.cpu;

import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Row.Extent;
import dev.rootmean.spi.Rows;

/**
 * The launches of one kernel, cut into units that threads can share. Made once and set anew for
 * each launch, so that a launch allocates nothing.
 */
final class KernelTask implements Workers.Task {
  /** Under so much work, in elements of a step, a second thread costs more than it brings. */
  private static final int ALONE = 8_192;

  /** Less work in a unit is not worth the waking of a thread for it. */
  private static final int LEAST = 4_096;

  /** From this many units a thread on, whole pages share well enough. */
  private static final int MANY = 8;

  /** Elements that are staged at a time: six arrays of them are less than a page. */
  private static final int STAGED = 2_048;

  private final Kernel kernel;
  private final Loops loops;
  private final Row[] kernelRows;
  private final Span[] spans;

  // Of the launch at hand.
  private final boolean[] staged;
  private Rows<CpuMemory> rows;
  private int units;
  private int unit;

  /** Whether an element has one index on all its pages. */
  private boolean aligned;

  private int mostAtATime;
  private int threads;

  /**
   * A task for launches that come one after another.
   *
   * @param spans one for each thread
   */
  KernelTask(Kernel kernel, Span[] spans) {
    this.kernel = kernel;
    this.spans = spans;
    loops = Loops.of(kernel);
    kernelRows = kernel.rows().toArray(Row[]::new);
    staged = new boolean[kernelRows.length];
  }

  /** Takes the arguments of a launch; how many units it has, 0 if there is nothing to do. */
  int set(Numbers numbers, Rows<CpuMemory> rows) {
    if (!loops.begin(numbers, rows)) {
      return 0;
    }
    this.rows = rows;
    boolean each = kernel.shape() == Shape.EACH_ELEMENT;
    aligned = each && isAligned();
    mostAtATime = Pages.SIZE;
    for (int row = 0; row < staged.length; row++) {
      staged[row] = kernelRows[row].extent() == Extent.ELEMENT && needsStage(row);
      if (staged[row] && each) {
        mostAtATime = STAGED;
      }
    }
    unit = each ? unit(rows.length(), loops.quarters(), spans.length) : Kernel.CHUNK;
    units = kernel.shape() == Shape.ONCE ? 1 : Math.toIntExact((rows.length() + unit - 1) / unit);
    return units;
  }

  private boolean isAligned() {
    int index = Pages.index(rows.offset(0));
    for (int row = 1; row < kernelRows.length; row++) {
      if (kernelRows[row].extent() == Extent.ELEMENT && Pages.index(rows.offset(row)) != index) {
        return false;
      }
    }
    return true;
  }

  /** Loops take arrays of the compute type, a chunk in one piece, and most of them one index. */
  private boolean needsStage(int row) {
    return switch (kernel.shape()) {
      case EACH_ELEMENT -> isWidened(row) || !(aligned || loops.takeAnyIndices());
      case EACH_CHUNK ->
          isWidened(row)
              || Pages.index(rows.offset(row)) + Math.min(rows.length(), Kernel.CHUNK) > Pages.SIZE;
      case ONCE -> false;
    };
  }

  private boolean isWidened(int row) {
    return kernelRows[row].type() != kernel.compute();
  }

  /** How much the launch is, in elements of a step. */
  long work() {
    return rows.length() * loops.quarters() / 4;
  }

  /** As many units for each thread, of whole vectors, and of whole pages if there are many. */
  static int unit(long length, int quarters, int threads) {
    long unitsAThread = (length - 1) / ((long) threads * Pages.SIZE) + 1;
    if (length * quarters / 4 < ALONE || threads == 1 || unitsAThread >= MANY) {
      return Pages.SIZE;
    }
    int share = (int) (length / (unitsAThread * threads) / 64 + 1) * 64;
    return Math.max(LEAST * 4 / quarters, share);
  }

  @Override
  public void prepare(int threads) {
    this.threads = threads;
    for (int worker = 0; worker < threads; worker++) {
      spans[worker].makeScratch(loops.scratches());
      for (int row = 0; row < staged.length; row++) {
        if (staged[row]) {
          spans[worker].makeStage(row, aligned ? Pages.SIZE : mostAtATime);
        }
      }
    }
  }

  /** Drops the memory, which would otherwise live until the next launch. */
  void clear() {
    rows = null;
    for (int worker = 0; worker < threads; worker++) {
      spans[worker].clear();
    }
  }

  /** The last chunks come first, so that what comes after them finds the first ones in a cache. */
  @Override
  public void run(int number, int worker) {
    Span span = spans[worker];
    if (kernel.shape() == Shape.ONCE) {
      loops.run(rows, span);
      return;
    }
    long place = kernel.shape() == Shape.EACH_CHUNK ? units - 1 - number : number;
    long end = Math.min(rows.length(), (place + 1) * unit);
    for (long i = place * unit; i < end; i += span.count) {
      span.count = count(i, end);
      take(i, span);
      loops.run(rows, span);
      giveBack(i, span);
    }
  }

  /** How many elements from one on are on one page in each row. */
  private int count(long from, long end) {
    int count = (int) Math.min(end - from, mostAtATime);
    for (int row = 0; row < staged.length; row++) {
      if (kernelRows[row].extent() == Extent.ELEMENT && !staged[row]) {
        count = Math.min(count, Pages.SIZE - Pages.index(rows.offset(row) + from));
      }
    }
    return count;
  }

  private void take(long from, Span span) {
    for (int row = 0; row < staged.length; row++) {
      Row is = kernelRows[row];
      if (is.extent() == Extent.WHOLE) {
        continue;
      }
      long at = rows.offset(row) + (is.extent() == Extent.CHUNK ? from / Kernel.CHUNK : from);
      if (!staged[row]) {
        span.arrays[row] = rows.memory(row).page(at);
        span.from[row] = Pages.index(at);
        continue;
      }
      span.arrays[row] = span.stages[row];
      span.from[row] = aligned ? Pages.index(rows.offset(0) + from) : 0;
      if (is.access() != Access.WRITE) {
        rows.memory(row).gather(at, span.stages[row], span.from[row], span.count);
      }
    }
  }

  private void giveBack(long from, Span span) {
    for (int row = 0; row < staged.length; row++) {
      if (staged[row] && kernelRows[row].isWritten()) {
        rows.memory(row)
            .scatter(span.stages[row], span.from[row], rows.offset(row) + from, span.count);
      }
    }
  }
}
