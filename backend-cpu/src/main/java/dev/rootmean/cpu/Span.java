package dev.rootmean.cpu;

import dev.rootmean.spi.Rows;

/**
 * The elements that one thread has at hand: in each row they lie in one array of the compute type.
 * Beside them the thread's working memory.
 */
interface Span {
  /** All rows, for those that are read or written as a whole. */
  Rows<CpuMemory> rows();

  /** The array of a row. */
  Object array(int row);

  /** Where in the array of a row the elements begin. */
  int from(int row);

  int count();

  /**
   * One of {@link Loops#scratches}, in which the elements have the index that they have in rows.
   */
  Object scratch(int index);

  /** The first of the elements, of those that the launch is for. */
  long first();

  /** The address of the first element of a row that is foreign. */
  long address(int row);
}
