package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.Kernel;
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
  private final DataType compute;
  private final Object[] scratch = new Object[2];

  /** What stands in the place of rows that the loops cannot take as they are. */
  private final Object[] stages;

  private long first;
  private int count;

  Span(KernelTask task, Kernel kernel) {
    this.task = task;
    compute = kernel.compute();
    stages = new Object[kernel.rows().size()];
  }

  /** Makes what the launch at hand needs and no launch before it did. */
  void prepare() {
    for (int i = 0; i < task.loops.scratches(); i++) {
      if (scratch[i] == null) {
        scratch[i] = Pages.array(compute, Pages.SIZE + Kernel.LANES);
      }
    }
    int length = task.aligned ? Pages.SIZE : task.mostAtATime;
    for (int row = 0; task.staged != 0 && row < stages.length; row++) {
      boolean missing = stages[row] == null || Array.getLength(stages[row]) < length;
      if (task.isStaged(row) && missing) {
        stages[row] = Pages.array(compute, length);
      }
    }
  }

  void take(long first, int count) {
    this.first = first;
    this.count = count;
    for (int row = 0; task.staged != 0 && row < stages.length; row++) {
      if (task.isStaged(row) && task.kernelRows[row].access() != Access.WRITE) {
        task.rows.memory(row).gather(at(row), stages[row], from(row), count);
      }
    }
  }

  void giveBack() {
    for (int row = 0; task.staged != 0 && row < stages.length; row++) {
      if (task.isStaged(row) && task.kernelRows[row].isWritten()) {
        task.rows.memory(row).scatter(stages[row], from(row), at(row), count);
      }
    }
  }

  /** All rows, for those that are read or written as a whole. */
  Rows<CpuMemory> rows() {
    return task.rows;
  }

  /** The array of a row. */
  Object array(int row) {
    return task.isStaged(row) ? stages[row] : task.rows.memory(row).page(at(row));
  }

  /** Where in the array of a row the elements begin. */
  int from(int row) {
    if (!task.isStaged(row)) {
      return Pages.index(at(row));
    }
    return task.aligned && task.anchor >= 0 ? Pages.index(at(task.anchor)) : 0;
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
    return task.rows.offset(row) + first;
  }
}
