package dev.rootmean.cpu;

import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Row;
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

  final Loops loops;
  final Row[] kernelRows;
  private final Kernel kernel;
  private final Span[] spans;

  /** How many rows have an element for each of the launch's: they come first. */
  private final int elementRows;

  // Of the launch at hand.

  Rows<CpuMemory> rows;

  /** Whether an element has one index in the array of each row. */
  boolean aligned;

  /** The first row that the loops take as it is, by whose pages the others are cut; -1 if none. */
  int anchor;

  /** A bit for each row that the loops cannot take as it is. */
  int staged;

  int mostAtATime;
  private int unit;
  private int units;

  KernelTask(Kernel kernel, int threads) {
    this.kernel = kernel;
    loops = Loops.of(kernel);
    kernelRows = kernel.rows().toArray(Row[]::new);
    spans = new Span[threads];
    elementRows =
        (int) kernel.rows().stream().filter(row -> row.extent() == Extent.ELEMENT).count();
  }

  /** Takes the arguments of a launch; how many units it has, 0 if there is nothing to do. */
  int set(Numbers numbers, Rows<CpuMemory> rows) {
    if (!loops.begin(numbers, rows)) {
      return 0;
    }
    if (this.rows != rows) { // a backend has one
      this.rows = rows;
    }
    staged = 0;
    aligned = false;
    mostAtATime = Pages.SIZE;
    unit = Kernel.CHUNK;
    long n = rows.length();
    switch (kernel.shape()) {
      case EACH_ELEMENT -> {
        stageForIndices();
        unit = unit(n, loops.quarters(), spans.length);
      }
      case EACH_CHUNK -> stageForChunks();
      case ONCE -> unit = Pages.SIZE;
    }
    units = n <= unit || kernel.shape() == Shape.ONCE ? 1 : Math.toIntExact((n - 1) / unit + 1);
    return units;
  }

  /** Most loops take one index for all rows. */
  private void stageForIndices() {
    boolean foreign = false;
    anchor = -1;
    aligned = true;
    for (int row = 0; row < elementRows; row++) {
      if (!isArrays(row)) {
        staged |= 1 << row;
        foreign |= rows.memory(row).isForeign();
      } else if (anchor < 0) {
        anchor = row;
      } else {
        aligned &= Pages.index(rows.offset(anchor) ^ rows.offset(row)) == 0;
      }
    }
    if (!aligned && !loops.takeAnyIndices()) {
      staged = (1 << elementRows) - 1;
    }
    if (staged != 0 && !(aligned && foreign)) {
      mostAtATime = STAGED;
    }
  }

  /** A chunk is in one piece. */
  private void stageForChunks() {
    long most = Math.min(rows.length(), Kernel.CHUNK);
    for (int row = 0; row < elementRows; row++) {
      if (!isArrays(row) || Pages.index(rows.offset(row)) + most > Pages.SIZE) {
        staged |= 1 << row;
      }
    }
  }

  /** Whether its pages are arrays of the type that the loops compute in. */
  private boolean isArrays(int row) {
    return kernelRows[row].type() == kernel.compute() && !rows.memory(row).isForeign();
  }

  boolean isStaged(int row) {
    return (staged >>> row & 1) != 0;
  }

  /** How much the launch is, in elements of a step. */
  long work() {
    return rows.length() * loops.quarters() / 4;
  }

  /** As many units for each thread, of whole vectors, and of whole pages if there are many. */
  static int unit(long length, int quarters, int threads) {
    if (length * quarters / 4 < ALONE || threads == 1) {
      return Pages.SIZE;
    }
    long unitsAThread = (length - 1) / ((long) threads * Pages.SIZE) + 1;
    if (unitsAThread >= MANY) {
      return Pages.SIZE;
    }
    int share = (int) (length / (unitsAThread * threads) / 64 + 1) * 64;
    return Math.max(LEAST * 4 / quarters, share);
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (spans[worker] == null) {
        spans[worker] = new Span(this, kernel);
      }
      spans[worker].prepare();
    }
  }

  /** The last chunks come first, so that what comes after them finds the first ones in a cache. */
  @Override
  public void run(int number, int worker) {
    Span span = spans[worker];
    if (kernel.shape() == Shape.ONCE) {
      loops.run(span);
      return;
    }
    long place = kernel.shape() == Shape.EACH_CHUNK ? units - 1 - number : number;
    long end = Math.min(rows.length(), (place + 1) * unit);
    for (long i = place * unit; i < end; i += span.count()) {
      span.take(i, count(i, end));
      loops.run(span);
      span.giveBack();
    }
  }

  /** How many elements, from one on, each row has in one array. */
  private int count(long from, long end) {
    int count = (int) Math.min(end - from, mostAtATime);
    if (aligned) {
      return anchor < 0 ? count : Math.min(count, Pages.rest(rows.offset(anchor) + from));
    }
    for (int row = 0; row < elementRows; row++) {
      if (!isStaged(row)) {
        count = Math.min(count, Pages.rest(rows.offset(row) + from));
      }
    }
    return count;
  }
}
