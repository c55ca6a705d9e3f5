package dev.rootmean.cpu;

import dev.rootmean.spi.Block8;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Rows;

/**
 * The memory of one launch, and how it is cut: into units for threads, and these into spans for
 * loops. Made once and set anew for the next launch, so that a launch allocates nothing.
 */
final class Cut {
  /** Less work in a unit is not worth the waking of a thread for it. */
  private static final int LEAST = 4_096;

  /** From this many units a thread on, whole pages share well enough. */
  private static final int MANY = 8;

  /** Elements that are staged at a time: six arrays of them are less than a page. */
  private static final int STAGED = 2_048;

  /** The bits of a step's first two rows. */
  private static final int PARAMS_AND_GRADS = 0b11;

  private final KernelTask task;
  private Rows<CpuMemory> rows;

  /** Whether an element has one index in the array of each row. */
  private boolean aligned;

  /** The first row that the loops take as it is, by whose pages the others are cut; -1 if none. */
  private int anchor;

  /** A bit for each row that the loops cannot take as it is. */
  private int staged;

  /** Whether the loops may take elements without stages. */
  private boolean inPlace;

  /** Whether one thread alone may do it, and others that are launched with it. */
  private boolean alone;

  /** The first row that a span is to have whole blocks of, for speed; -1 if there is none. */
  private int shared;

  private int mostAtATime;
  private int unit;
  private int units;

  Cut(KernelTask task) {
    this.task = task;
  }

  /** Takes the memory of a launch of {@link KernelTask#kernel}. */
  void set(Rows<CpuMemory> rows, int threads) {
    if (this.rows != rows) { // to store it costs more than to ask
      this.rows = rows;
    }
    staged = 0;
    aligned = false;
    inPlace = false;
    alone = false;
    shared = -1;
    mostAtATime = Pages.SIZE;
    unit = Kernel.CHUNK;
    long n = rows.length();
    switch (task.kernel.shape()) {
      case EACH_ELEMENT, EACH_BLOCK -> {
        stageForIndices();
        unit = unit(n, task.loops.quarters(), threads);
        shareBlocks();
      }
      case EACH_CHUNK -> stageForChunks();
      case ONCE -> unit = Pages.SIZE;
      case EACH_ROW -> throw new IllegalStateException(task.kernel + " is a RowTask");
    }
    boolean isOne = n <= unit || alone || task.kernel.shape() == Kernel.Shape.ONCE;
    units = isOne ? 1 : Math.toIntExact((n - 1) / unit + 1);
  }

  /** Most loops take one index for all rows. */
  private void stageForIndices() {
    boolean foreign = false;
    anchor = -1;
    aligned = true;
    for (int row = 0; row < task.elementRows; row++) {
      if (!isArrays(row)) {
        staged |= 1 << row;
        foreign |= rows.memory(row).isForeign();
      } else if (anchor < 0) {
        anchor = row;
      } else {
        aligned &= Pages.index(rows.offset(anchor) ^ rows.offset(row)) == 0;
      }
    }
    if (isInBlocks() && anchor >= 0) { // else a block could be on two pages
      aligned &= rows.offset(anchor) % Block8.SIZE == 0;
    }
    if (!aligned && !task.loops.takeAnyIndices()) {
      staged = (1 << task.elementRows) - 1;
    }
    if (staged != 0 && !(aligned && foreign)) {
      mostAtATime = STAGED;
    }
    inPlace =
        task.loops.takeForeign()
            && aligned
            && staged == PARAMS_AND_GRADS
            && isForeign(0)
            && isForeign(1);
  }

  private boolean isInBlocks() {
    return task.kernel.shape() == Kernel.Shape.EACH_BLOCK;
  }

  /** Of rows whose elements share words, a thread gets whole blocks. */
  private void shareBlocks() {
    for (int row = 0; row < task.elementRows; row++) {
      int sharing = rows.memory(row).sharing();
      if (task.kernelRows[row].isWritten() && sharing > 1) {
        shared = shared < 0 && !isInBlocks() ? row : shared; // those begin where a span does
        int whole = Math.max(sharing, HalfMemory.BLOCK); // each a multiple of the smaller ones
        unit = (unit + whole - 1) / whole * whole;
        alone |= rows.offset(row) % sharing != 0;
      }
    }
  }

  boolean isAlone() {
    return alone;
  }

  /** A chunk is in one piece. */
  private void stageForChunks() {
    long most = Math.min(rows.length(), Kernel.CHUNK);
    for (int row = 0; row < task.elementRows; row++) {
      if (!isArrays(row) || Pages.index(rows.offset(row)) + most > Pages.SIZE) {
        staged |= 1 << row;
      }
    }
  }

  /** Whether its pages are arrays of the type that the loops compute in. */
  private boolean isArrays(int row) {
    return isComputedIn(row) && !rows.memory(row).isForeign();
  }

  private boolean isForeign(int row) {
    return isComputedIn(row) && rows.memory(row).isForeign();
  }

  private boolean isComputedIn(int row) {
    return task.kernelRows[row].type() == task.kernel.compute();
  }

  /** As many units for each thread, of whole vectors, and of whole pages if there are many. */
  static int unit(long length, int quarters, int threads) {
    if (length * quarters / 4 < KernelTask.ALONE || threads == 1) {
      return Pages.SIZE;
    }
    long unitsAThread = (length - 1) / ((long) threads * Pages.SIZE) + 1;
    if (unitsAThread >= MANY) {
      return Pages.SIZE;
    }
    int share = (int) (length / (unitsAThread * threads) / 64 + 1) * 64;
    return Math.max(LEAST * 4 / quarters, share);
  }

  Rows<CpuMemory> rows() {
    return rows;
  }

  int units() {
    return units;
  }

  /** A bit for each row that is staged. */
  int staged() {
    return staged;
  }

  boolean isStaged(int row) {
    return (staged >>> row & 1) != 0;
  }

  /** How long a stage has to be. */
  int stageLength() {
    return aligned ? Pages.SIZE : mostAtATime;
  }

  /** Where in its stage a row begins, whose span begins with an element. */
  int stageFrom(long element) {
    return aligned && anchor >= 0 ? Pages.index(rows.offset(anchor) + element) : 0;
  }

  /** Does a unit. The last chunks come first: what follows finds the first ones in a cache. */
  void run(int number, CutSpan span) {
    if (task.kernel.shape() == Kernel.Shape.ONCE) {
      span.set(this, 0, 0);
      span.stage();
      task.loops.run(span);
      return;
    }
    boolean backwards = task.kernel.shape() == Kernel.Shape.EACH_CHUNK;
    long place = backwards ? units - 1 - number : number;
    long end = alone ? rows.length() : Math.min(rows.length(), (place + 1) * unit);
    int count;
    for (long i = place * unit; i < end; i += count) {
      count = count(i, end);
      span.set(this, i, count);
      int done = inPlace ? task.loops.runInPlace(span) : 0;
      if (done < count) {
        span.set(this, i + done, count - done);
        span.stage();
        task.loops.run(span);
        span.giveBack();
      }
    }
  }

  /** How many elements, from one on, each row has in one array. */
  private int count(long from, long end) {
    int count = (int) Math.min(end - from, mostAtATime);
    if (shared >= 0) { // whole blocks take less time than their parts
      long place = rows.offset(shared) + from;
      count = Math.min(count, HalfMemory.BLOCK - (int) (place % HalfMemory.BLOCK));
    }
    if (aligned) {
      return anchor < 0 ? count : Math.min(count, Pages.rest(rows.offset(anchor) + from));
    }
    for (int row = 0; row < task.elementRows; row++) {
      if (!isStaged(row)) {
        count = Math.min(count, Pages.rest(rows.offset(row) + from));
      }
    }
    return count;
  }
}
