package dev.rootmean.spi;

/** The rows of a launch that is late, or that takes one for another. */
public final class KeptRows {
  private KeptRows() {}

  /**
   * Copies what rows hold now; the memory stays theirs when its buffer is closed.
   *
   * @param <M> the device's handle of an allocation
   * @param rows of a launch at hand
   * @param order the places of those to take; none for all in their order
   * @return rows of their own
   */
  public static <M> Rows<M> of(Rows<M> rows, int... order) {
    Rows<M> kept = new Rows<M>().begin(rows.length(), rows.width());
    kept.roundedBy(rows.key(), rows.place());
    for (int i = 0; i < (order.length == 0 ? rows.count() : order.length); i++) {
      int row = order.length == 0 ? i : order[i];
      MemoryRange<M> range = rows.ranges[row];
      Allocation<M> allocation = new Allocation<>(null, i);
      allocation.memory = range.memory();
      kept.add(new MemoryRange<>(allocation, range.dataType(), rows.offset(row), range.length()));
    }
    return kept;
  }
}
