package dev.rootmean.cpu;

import dev.rootmean.DataType;

/** What is done with rows of a table, for each compute type in a class of its own, as loops are. */
interface RowLoops {
  static RowLoops of(DataType compute) {
    return compute == DataType.FLOAT32 ? new FloatRows() : new DoubleRows();
  }

  /**
   * Copies pieces of a row to an array, one behind the other.
   *
   * @param pages of the row's memory, which is on the heap
   * @param offset of the row in it
   * @param from where in the row each piece begins
   * @param lengths of the pieces
   */
  void gather(Object[] pages, long offset, long[] from, int[] lengths, int pieces, Object target);

  /** Copies them back. */
  void scatter(Object source, Object[] pages, long offset, long[] to, int[] lengths, int pieces);

  /** Adds the elements of an array to those of another one, from the first on. */
  void add(Object sum, Object added, int count);
}
