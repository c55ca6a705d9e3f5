package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.DataType.Carrier;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Rows;
import java.lang.reflect.Array;

/**
 * The elements that one thread has at hand: in each row they lie in one array of the compute type.
 * Where they are is computed when it is asked: a reference that is stored costs a fence, and would
 * have to be dropped again. Beside them the thread's working memory.
 */
final class Span {
  private final KernelTask task;
  private final Object[] scratch = new Object[2];

  /** What stands in the place of rows that the loops cannot take as they are. */
  private final Object[] stages;

  private HalfCodec codec;
  private Cut cut;
  private long first;
  private int count;

  Span(KernelTask task) {
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
        if (isHalf(row) && codec == null) {
          codec = new HalfCodec();
        }
        stages[row] = Pages.array(compute, length);
      }
    }
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
        if (!isHalf(row)) {
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
        if (!isHalf(row)) {
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

  /** All rows, for those that are read or written as a whole. */
  Rows<CpuMemory> rows() {
    return cut.rows();
  }

  /** The array of a row. */
  Object array(int row) {
    return cut.isStaged(row) ? stages[row] : rows().memory(row).page(at(row));
  }

  /** The address of the first element of a row that is foreign. */
  long address(int row) {
    return rows().memory(row).address(at(row));
  }

  /** Where in the array of a row the elements begin. */
  int from(int row) {
    return cut.isStaged(row) ? cut.stageFrom(first) : Pages.index(at(row));
  }

  int count() {
    return count;
  }

  /** One of {@link Loops#scratches}: as long as a page, and lanes more. */
  Object scratch(int index) {
    return scratch[index];
  }

  /** The first of the elements, of those that the launch is for. */
  long first() {
    return first;
  }

  private long at(int row) {
    return rows().offset(row) + first;
  }
}
