package dev.rootmean.cpu;

import dev.rootmean.DataType.Carrier;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Rows;

/** Elements of some rows of a table, one behind the other in arrays of their own. */
final class RowSpan implements Span {
  private final RowStepTask task;
  private final Object[] stages;
  private final Object[] scratch = new Object[2];
  private final HalfCodec codec;

  // The pieces of rows that the elements are: the numbers of these in the table and among the
  // gradients, and where the pieces begin.

  private final int[] inTable = new int[RowTask.STAGED];
  private final int[] inGradients = new int[RowTask.STAGED];
  private final long[] places = new long[RowTask.STAGED];
  private final long[] gradients = new long[RowTask.STAGED];
  private final int[] lengths = new int[RowTask.STAGED];
  private int pieces;

  private Rows<CpuMemory> rows;
  private long first;
  private int count;

  RowSpan(RowStepTask task) {
    this.task = task;
    stages = new Object[task.stepped];
    boolean hasHalves = false;
    for (int row = 0; row < stages.length; row++) {
      hasHalves |= isHalf(row);
      if (row != task.remainderRow) {
        stages[row] = Pages.array(task.kernel.compute(), RowTask.STAGED);
      }
    }
    codec = hasHalves ? new HalfCodec(new DrawnBits()) : null;
  }

  /** Makes what a launch needs and none before it did. */
  void prepare() {
    for (int i = 0; i < task.loops.scratches(); i++) {
      if (scratch[i] == null) {
        scratch[i] = Pages.array(task.kernel.compute(), RowTask.STAGED + Kernel.LANES);
      }
    }
  }

  private boolean isHalf(int row) {
    return task.kernelRows[row].type().carrier() == Carrier.SHORT;
  }

  /** Takes some of the elements of all rows that are touched. */
  void set(Rows<CpuMemory> rows, long first, int count) {
    if (this.rows != rows) { // to store it costs more than to ask
      this.rows = rows;
    }
    this.first = first;
    this.count = count;
    int width = rows.width();
    long row = first / width;
    long column = first % width;
    pieces = (int) ((column + count - 1) / width) + 1;
    read(rows, task.numbers, row, inTable);
    read(rows, task.order, row, inGradients);
    for (int i = 0; i < pieces; i++) {
      long begin = i == 0 ? column : 0;
      places[i] = (long) inTable[i] * width + begin;
      gradients[i] = (long) inGradients[i] * width + begin;
      lengths[i] = (int) (Math.min(width, column + count - (long) i * width) - begin);
    }
  }

  private void read(Rows<CpuMemory> rows, int row, long from, int[] target) {
    rows.memory(row).gather(rows.offset(row) + from, target, 0, pieces);
  }

  /** Copies the elements to arrays. */
  void stage() {
    for (int row = 0; row < stages.length; row++) {
      if (!isHalf(row)) {
        gather(row);
      } else if (row != task.remainderRow) {
        load(row);
      }
    }
  }

  private void gather(int row) {
    CpuMemory memory = rows.memory(row);
    long[] from = row == task.gradients ? gradients : places;
    long offset = rows.offset(row);
    Object[] pages = memory.pages();
    if (pages != null) {
      task.rowLoops.gather(pages, offset, from, lengths, pieces, stages[row]);
      return;
    }
    int to = 0;
    for (int i = 0; i < pieces; i++) {
      memory.gather(offset + from[i], stages[row], to, lengths[i]);
      to += lengths[i];
    }
  }

  private void load(int row) {
    CpuMemory memory = rows.memory(row);
    float[] stage = (float[]) stages[row];
    int to = 0;
    for (int i = 0; i < pieces; i++) {
      long at = rows.offset(row) + places[i];
      if (task.remainderRow >= 0) {
        CpuMemory low = rows.memory(task.remainderRow);
        long lowAt = rows.offset(task.remainderRow) + places[i];
        codec.join(memory, at, low, lowAt, stage, to, lengths[i]);
      } else {
        codec.load(memory, at, stage, to, lengths[i]);
      }
      to += lengths[i];
    }
  }

  /** Copies what is stepped back. */
  void giveBack() {
    for (int row = 0; row < stages.length; row++) {
      if (task.kernelRows[row].isWritten() && !isHalf(row)) {
        scatter(row);
      }
    }
    if (codec != null) {
      storeHalves();
    }
  }

  private void scatter(int row) {
    CpuMemory memory = rows.memory(row);
    long offset = rows.offset(row);
    Object[] pages = memory.pages();
    if (pages != null) {
      task.rowLoops.scatter(stages[row], pages, offset, places, lengths, pieces);
      return;
    }
    int from = 0;
    for (int i = 0; i < pieces; i++) {
      memory.scatter(stages[row], from, offset + places[i], lengths[i]);
      from += lengths[i];
    }
  }

  /** Piece by piece, whose random bits are made once. */
  private void storeHalves() {
    int from = 0;
    for (int i = 0; i < pieces; i++) {
      for (int row = 0; row < stages.length; row++) {
        if (isHalf(row) && row != task.remainderRow) {
          store(row, from, i);
        }
      }
      from += lengths[i];
    }
  }

  private void store(int row, int from, int piece) {
    CpuMemory memory = rows.memory(row);
    float[] stage = (float[]) stages[row];
    long at = rows.offset(row) + places[piece];
    if (task.remainderRow >= 0) {
      CpuMemory low = rows.memory(task.remainderRow);
      long lowAt = rows.offset(task.remainderRow) + places[piece];
      codec.split(stage, from, memory, at, low, lowAt, lengths[piece]);
    } else {
      codec.roundBy(task.shares[row], rows.key(), rows.place() + places[piece]);
      codec.store(stage, from, memory, at, lengths[piece]);
    }
  }

  @Override
  public Rows<CpuMemory> rows() {
    return rows;
  }

  @Override
  public Object array(int row) {
    return stages[row];
  }

  @Override
  public int from(int row) {
    return 0;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public Object scratch(int index) {
    return scratch[index];
  }

  @Override
  public long first() {
    return first;
  }

  @Override
  public long address(int row) {
    throw new IllegalStateException("elements of arrays have no address");
  }
}
