package dev.rootmean.cpu;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.RandomBits;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Rows;

/**
 * Steps the rows of a table that have gradients. As if these lay one behind the other, a thread
 * takes some elements at a time, copies them to arrays, has the loops of all steps step them, and
 * copies them back.
 */
final class RowStepTask extends RowTask {
  final Kernel kernel;
  final Loops loops;
  final RowLoops rowLoops;
  final Row[] kernelRows;

  /** How many rows are stepped, and read for that: they come first. */
  final int stepped;

  /** The row with the lower halves of the parameters, which are the first row; -1 if none. */
  final int remainderRow;

  /** The gradients, and the rows that say where elements are: in the table, and in those. */
  final int gradients;

  final int numbers;
  final int order;

  /** By row, what it takes of the random bits that it is rounded by; null if it is not. */
  final RandomBits.Share[] shares;

  private final RowSpan[] spans;
  private Rows<CpuMemory> rows;

  /** Elements of all rows that are touched. */
  private long elements;

  private long unit;

  RowStepTask(Kernel kernel, int threads) {
    this.kernel = kernel;
    loops = Loops.of(kernel, null);
    rowLoops = RowLoops.of(kernel.compute());
    kernelRows = kernel.rows().toArray(Row[]::new);
    int decision = kernel.row("d");
    numbers = kernel.row("a");
    order = kernel.row("o");
    gradients = kernel.row("g");
    stepped = decision >= 0 ? decision : numbers;
    remainderRow = kernel.row("r");
    boolean isRandom = kernel.rounding() == Rounding.RANDOM;
    shares =
        kernel.rows().stream()
            .map(row -> isRandom ? RandomBits.Share.of(row.name()) : null)
            .toArray(RandomBits.Share[]::new);
    spans = new RowSpan[threads];
  }

  @Override
  int set(Numbers numbers, Rows<CpuMemory> rows) {
    this.rows = rows;
    elements = rows.length() * rows.width();
    if (!loops.begin(numbers, rows, elements)) {
      return 0;
    }
    unit = isShared() ? elements : Cut.unit(elements, loops.quarters(), spans.length);
    return Math.toIntExact((elements - 1) / unit + 1);
  }

  /** Neighbours share words, and rows begin and end anywhere in them: one thread does all. */
  private boolean isShared() {
    for (int row = 0; row < stepped; row++) {
      if (kernelRows[row].isWritten() && rows.memory(row).sharing() > 1) {
        return true;
      }
    }
    return false;
  }

  @Override
  long work() {
    return elements;
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (spans[worker] == null) {
        spans[worker] = new RowSpan(this);
      }
      spans[worker].prepare();
    }
  }

  @Override
  public void run(int number, int worker) {
    long end = Math.min(elements, (number + 1) * unit);
    int count;
    for (long i = number * unit; i < end; i += count) {
      count = (int) Math.min(STAGED, end - i);
      spans[worker].set(rows, i, count);
      spans[worker].stage();
      loops.run(spans[worker]);
      spans[worker].giveBack();
    }
  }
}
