package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.spi.Row.Extent;
import java.util.List;

/**
 * The memory of one launch: where each of a kernel's {@link Row}s lies. A backend has one of these
 * and fills it anew for each launch, so that a launch allocates nothing. It holds the device's own
 * handles and no buffer: a {@link #copy} of it can be launched later.
 *
 * @param <M> the device's handle of an allocation
 */
public final class Rows<M> {
  private static final int MOST = Kernels.mostRows();

  private final Object[] memories = new Object[MOST];
  private final long[] offsets = new long[MOST];
  private final long[] lengths = new long[MOST];
  private final DataType[] types = new DataType[MOST];
  private int count;

  Rows() {}

  void clear() {
    while (count > 0) {
      memories[--count] = null;
    }
  }

  Rows<M> add(MemoryRange<M> range) {
    return add(range, 0, range.length());
  }

  /** A part of a range. */
  Rows<M> add(MemoryRange<M> range, long from, long length) {
    memories[count] = range.memory();
    offsets[count] = range.offset() + from;
    types[count] = range.dataType();
    lengths[count++] = length;
    return this;
  }

  /**
   * The number of rows.
   *
   * @return as many as the kernel has
   */
  public int count() {
    return count;
  }

  /**
   * The allocation that a row lies in.
   *
   * @param row its place
   * @return what {@link Device#allocate} gave
   */
  @SuppressWarnings("unchecked") // what is added is of the type
  public M memory(int row) {
    return (M) memories[row];
  }

  /**
   * Where in its allocation a row begins.
   *
   * @param row its place
   * @return the index of its first element
   */
  public long offset(int row) {
    return offsets[row];
  }

  /**
   * The number of elements that the launch is for: the length of its first row.
   *
   * @return at least 1
   */
  public long length() {
    return lengths[0];
  }

  /**
   * How many whole vectors the elements make.
   *
   * @param kernel whose rows these are
   * @param width elements of a vector
   * @return the number; 0 if a row with as many elements does not begin on a vector of its own
   */
  public long vectors(Kernel kernel, int width) {
    for (int i = 0; i < count; i++) {
      if (kernel.rows().get(i).extent() == Extent.ELEMENT && offsets[i] % width != 0) {
        return 0;
      }
    }
    return length() / width;
  }

  /**
   * Copies what this holds now.
   *
   * @param order the places of the rows to take; none for all in their order
   * @return rows of their own
   */
  public Rows<M> copy(int... order) {
    Rows<M> copy = new Rows<>();
    for (int i = 0; i < (order.length == 0 ? count : order.length); i++) {
      int row = order.length == 0 ? i : order[i];
      copy.memories[i] = memories[row];
      copy.offsets[i] = offsets[row];
      copy.lengths[i] = lengths[row];
      copy.types[i] = types[row];
      copy.count++;
    }
    return copy;
  }

  /** These have the rows' types and one length, and lie apart from each other. */
  void check(List<Row> rows) {
    for (int i = 0; i < count; i++) {
      Row row = rows.get(i);
      if (row.extent() == Extent.ELEMENT && lengths[i] != lengths[0]) {
        String first = rows.get(0).role() + ", " + lengths[0];
        throw refused(row, "length " + lengths[i], "that of " + first);
      }
      if (types[i] != row.type()) {
        throw refused(row, "type " + types[i], row.type().name());
      }
      for (int j = 0; j < i; j++) {
        if (overlap(i, j)) {
          throw new IllegalArgumentException(
              rows.get(j).role()
                  + " and "
                  + row.role()
                  + " overlap: expected buffers apart from each other");
        }
      }
    }
  }

  private static IllegalArgumentException refused(Row row, String given, String expected) {
    return new IllegalArgumentException(row.role() + " has " + given + ": expected " + expected);
  }

  private boolean overlap(int i, int j) {
    return memories[i] == memories[j]
        && offsets[i] < offsets[j] + lengths[j]
        && offsets[j] < offsets[i] + lengths[i];
  }
}
