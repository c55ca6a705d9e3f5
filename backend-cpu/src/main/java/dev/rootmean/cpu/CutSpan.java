package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.DataType.Carrier;
import dev.rootmean.spi.Block8;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Rows;
import java.lang.reflect.Array;

/**
 * A piece of a {@link Cut}. Where it is is computed when it is asked: a reference that is stored
 * costs a fence, and would have to be dropped again.
 */
final class CutSpan implements Span {
  private final KernelTask task;
  private final Object[] scratch = new Object[2];

  /** What stands in the place of rows that the loops cannot take as they are. */
  private final Object[] stages;

  private DrawnBits drawn;
  private HalfCodec codec;
  private Block8Codec blocks;
  private Cut cut;
  private long first;
  private int count;

  CutSpan(KernelTask task) {
    this.task = task;
    stages = new Object[task.kernelRows.length];
  }

  /** Makes what a launch needs and none before it did. */
  void prepare(Cut cut) {
    DataType compute = task.kernel.compute();
    for (int i = 0; i < task.loops.scratches(); i++) {
      if (scratch[i] == null) {
        scratch[i] = Pages.array(compute, Pages.SIZE + Kernel.LANES);
      }
    }
    int length = cut.stageLength();
    for (int row = 0; cut.staged() != 0 && row < stages.length; row++) {
      boolean missing = stages[row] == null || Array.getLength(stages[row]) < length;
      if (cut.isStaged(row) && missing && row != task.remainderRow) {
        prepareCodec(row);
        stages[row] = Pages.array(compute, length);
      }
    }
  }

  private void prepareCodec(int row) {
    if (drawn == null && (isHalf(row) || isInBlocks(row))) {
      drawn = new DrawnBits();
    }
    if (isHalf(row) && codec == null) {
      codec = new HalfCodec(drawn);
    }
    if (isInBlocks(row) && blocks == null) {
      blocks = new Block8Codec(drawn);
    }
  }

  private boolean isInBlocks(int row) {
    return task.baseRows[row] >= 0;
  }

  private boolean isHalf(int row) {
    return task.kernelRows[row].type().carrier() == Carrier.SHORT;
  }

  void set(Cut cut, long first, int count) {
    if (this.cut != cut) { // to store it costs more than to ask
      this.cut = cut;
    }
    this.first = first;
    this.count = count;
  }

  /** Copies to stages what the loops cannot take as it is. */
  void stage() {
    for (int row = 0; cut.staged() != 0 && row < stages.length; row++) {
      if (cut.isStaged(row) && task.kernelRows[row].access() != Access.WRITE) {
        CpuMemory memory = rows().memory(row);
        if (isInBlocks(row)) {
          blocks.load(
              (Block8Memory) memory,
              at(row),
              rows().memory(task.baseRows[row]),
              firstBase(row),
              (float[]) stages[row],
              from(row),
              count);
        } else if (!isHalf(row)) {
          memory.gather(at(row), stages[row], from(row), count);
        } else if (row == 0 && task.remainderRow >= 0) {
          CpuMemory low = rows().memory(task.remainderRow);
          codec.join(
              memory, at(0), low, at(task.remainderRow), (float[]) stages[0], from(0), count);
        } else if (row != task.remainderRow) {
          codec.load(memory, at(row), (float[]) stages[row], from(row), count);
        }
      }
    }
  }

  void giveBack() {
    for (int row = 0; cut.staged() != 0 && row < stages.length; row++) {
      Row kept = task.kernelRows[row];
      if (cut.isStaged(row) && kept.isWritten()) {
        CpuMemory memory = rows().memory(row);
        if (isInBlocks(row)) {
          blocks.roundBy(task.shares[row], rows().key(), rows().place() + first);
          blocks.store(
              (float[]) stages[row],
              from(row),
              (Block8Memory) memory,
              at(row),
              rows().memory(task.baseRows[row]),
              firstBase(row),
              count);
        } else if (!isHalf(row)) {
          memory.scatter(stages[row], from(row), at(row), count);
        } else if (row == 0 && task.remainderRow >= 0) {
          CpuMemory low = rows().memory(task.remainderRow);
          codec.split(
              (float[]) stages[0], from(0), memory, at(0), low, at(task.remainderRow), count);
        } else if (row != task.remainderRow) {
          codec.roundBy(task.shares[row], rows().key(), rows().place() + first);
          codec.store((float[]) stages[row], from(row), memory, at(row), count);
        }
      }
    }
  }

  @Override
  public Rows<CpuMemory> rows() {
    return cut.rows();
  }

  @Override
  public Object array(int row) {
    return cut.isStaged(row) ? stages[row] : rows().memory(row).page(at(row));
  }

  @Override
  public long address(int row) {
    return rows().memory(row).address(at(row));
  }

  @Override
  public int from(int row) {
    return cut.isStaged(row) ? cut.stageFrom(first) : Pages.index(at(row));
  }

  @Override
  public int count() {
    return count;
  }

  /** As long as a page, and lanes more. */
  @Override
  public Object scratch(int index) {
    return scratch[index];
  }

  @Override
  public long first() {
    return first;
  }

  /** Where the base of the first element's block is among those of a row. */
  private long firstBase(int row) {
    return rows().offset(task.baseRows[row]) + first / Block8.SIZE;
  }

  private long at(int row) {
    return rows().offset(row) + first;
  }
}
