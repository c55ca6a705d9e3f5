package dev.rootmean.spi;

import dev.rootmean.spi.Row.Extent;
import java.util.List;

/**
 * The memory of one launch: where each of a kernel's {@link Row}s lies. It is kept, and filled anew
 * for the next launch, so that a launch allocates nothing. It refers to no buffer, and to no memory
 * that was freed.
 *
 * @param <M> the device's handle of an allocation
 * @since 0.1.0
 */
public final class Rows<M> {
  private static final int MOST = Kernels.mostRows();

  final MemoryRange<M>[] ranges;

  /** Where in its range a row begins, and how long it is. */
  private final long[] firsts = new long[MOST];

  private final long[] lengths = new long[MOST];
  private int count;
  private long length;
  private int width;
  private int key;
  private long place;

  /** What these are known to be right for; null once something has changed. */
  private Kernel checked;

  @SuppressWarnings("unchecked") // Java makes no arrays of a generic type
  Rows() {
    ranges = (MemoryRange<M>[]) new MemoryRange<?>[MOST];
  }

  /** Begins with no row, for a launch of as many elements. */
  Rows<M> begin(long length) {
    count = 0;
    if (this.length != length) {
      this.length = length;
      checked = null;
    }
    return this;
  }

  /** Begins with no row, for a launch of as many rows of a table. */
  Rows<M> begin(long length, int width) {
    begin(length);
    if (this.width != width) {
      this.width = width;
      checked = null;
    }
    return this;
  }

  Rows<M> add(MemoryRange<M> range) {
    return add(range, 0, range.length());
  }

  /** Stores what is not there yet: most launches are like the last one, and a store is a fence. */
  @SuppressWarnings("ReferenceEquality")
  Rows<M> add(MemoryRange<M> range, long first, long length) {
    if (ranges[count] != range) {
      ranges[count] = range;
      checked = null;
    }
    if (firsts[count] != first || lengths[count] != length) {
      firsts[count] = first;
      lengths[count] = length;
      checked = null;
    }
    count++;
    return this;
  }

  /** What random bits the launch takes; they may be others each time. */
  Rows<M> roundedBy(int key, long place) {
    this.key = key;
    this.place = place;
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
   * @return what {@link Device#allocate} or {@link Device#wrap} gave
   */
  public M memory(int row) {
    return ranges[row].memory();
  }

  /**
   * Where in its allocation a row begins.
   *
   * @param row its place
   * @return the index of its first element
   */
  public long offset(int row) {
    return ranges[row].offset() + firsts[row];
  }

  /**
   * The number of elements that the launch is for, or of rows of a table.
   *
   * @return at least 1
   */
  public long length() {
    return length;
  }

  /**
   * How wide each row of a table is, if the kernel's shape is {@link Kernel.Shape#EACH_ROW}.
   *
   * @return elements, at least 1
   */
  public int width() {
    return width;
  }

  /**
   * The key of the random bits that the launch rounds by, if its kernel rounds so.
   *
   * @return as {@link RandomBits#key} makes it
   */
  public int key() {
    return key;
  }

  /**
   * The place of the first element, or of the table's, among those that random bits are told apart
   * by.
   *
   * @return the others' follow
   */
  public long place() {
    return place;
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
      boolean isElement = kernel.rows().get(i).extent() == Extent.ELEMENT;
      if (isElement && !ranges[i].isAligned(firsts[i], width)) {
        return 0;
      }
    }
    return length / width;
  }

  /** As the other method; the next launch is likely the same, and not checked again. */
  Rows<M> check(Kernel kernel) {
    if (checked != kernel) {
      check(kernel.rows());
      checked = kernel;
    }
    return this;
  }

  /**
   * How many elements some launches are for, together.
   *
   * @param <M> the device's handle of an allocation
   * @param launches the rows of each
   * @return the sum
   */
  public static <M> long length(List<Rows<M>> launches) {
    long sum = 0;
    for (int i = 0; i < launches.size(); i++) {
      sum += launches.get(i).length;
    }
    return sum;
  }

  /** These have the rows' types and the launch's length, and lie apart from each other. */
  void check(List<Row> rows) {
    for (int i = 0; i < count; i++) {
      Row row = rows.get(i);
      if (lengths[i] != expected(row.extent(), i)) {
        String first = rows.get(0).role() + ", " + length;
        throw refused(row, "length " + lengths[i], "that of " + first);
      }
      if (ranges[i].dataType() != row.type()) {
        throw refused(row, "type " + ranges[i].dataType(), row.type().name());
      }
      for (int j = 0; j < i; j++) {
        if (ranges[i].overlaps(firsts[i], lengths[i], ranges[j], firsts[j], lengths[j])) {
          throw new IllegalArgumentException(
              rows.get(j).role()
                  + " and "
                  + row.role()
                  + " overlap: expected buffers apart from each other");
        }
      }
    }
  }

  private long expected(Extent extent, int row) {
    return switch (extent) {
      case ELEMENT -> length;
      case BLOCK -> Block8.count(length);
      case BOUND -> length + 1;
      case WIDE -> length * width;
      case CHUNK, WHOLE -> lengths[row];
    };
  }

  private static IllegalArgumentException refused(Row row, String given, String expected) {
    return new IllegalArgumentException(row.role() + " has " + given + ": expected " + expected);
  }
}
