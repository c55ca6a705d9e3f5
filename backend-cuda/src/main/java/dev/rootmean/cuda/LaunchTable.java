package dev.rootmean.cuda;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Rows;
import java.lang.ref.WeakReference;
import java.util.List;

/** Where a list of launches finds its rows, as {@link KernelText} describes it. */
final class LaunchTable {
  private WeakReference<List<Rows<CudaMemory>>> list;
  private int launches;
  private long[] values = {};
  private int length;
  private long groups;

  /** Of the values, in device memory. */
  private long address;

  /** When they were sent there; -1 if they have not been. */
  private long round;

  LaunchTable(List<Rows<CudaMemory>> list) {
    take(list);
  }

  /** Is a list's from now on. */
  void take(List<Rows<CudaMemory>> list) {
    this.list = new WeakReference<>(list);
  }

  /** Whether it is a list's; for null, whether it is nobody's, as its list has been dropped. */
  boolean isOf(List<Rows<CudaMemory>> list) {
    return this.list.refersTo(list);
  }

  int launches() {
    return launches;
  }

  /** Work-groups of all launches. */
  long groups() {
    return groups;
  }

  long address() {
    return address;
  }

  /** Writes down where the rows are now. */
  void fill(Kernel kernel, KernelText text, List<Rows<CudaMemory>> list) {
    begin(list.size(), kernel.rows().size());
    for (int i = 0; i < launches; i++) {
      Rows<CudaMemory> rows = list.get(i);
      long vectors = rows.vectors(kernel, text.width());
      put(0, i, groups);
      put(1, i, rows.length());
      put(2, i, vectors);
      put(3, i, kernel.rounding() == Rounding.RANDOM ? rows.place() : 0);
      groups += text.groups(kernel.shape(), rows.length(), vectors);
      int columns = KernelText.FIRST_ROW;
      for (int row = 0; row < rows.count(); row++) {
        if (kernel.rows().get(row).isOfElements()) {
          long offset = rows.offset(row) * kernel.rows().get(row).type().bytes();
          put(columns++, i, rows.memory(row).address() + offset);
        }
      }
      length = columns * launches;
    }
  }

  private void begin(int launches, int rows) {
    int most = (KernelText.FIRST_ROW + rows) * launches;
    if (values.length < most) {
      values = new long[most];
      round = -1;
    }
    if (this.launches != launches) {
      this.launches = launches;
      round = -1;
    }
    groups = 0;
  }

  private void put(int column, int launch, long value) {
    int place = column * launches + launch;
    if (values[place] != value) {
      values[place] = value;
      round = -1;
    }
  }

  /** Sends what is not on the device yet. */
  void send(CudaContext.Current now, TableMemory memory) {
    if (round != memory.round()) {
      address = memory.send(now, values, length);
      round = memory.round();
    }
  }
}
