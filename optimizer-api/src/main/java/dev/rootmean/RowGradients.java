package dev.rootmean;

/**
 * Gradients of some rows of a table, such as of those words of an embedding that are in a batch:
 * memory and time go by these rows, not by the table. {@link OptimizerBackend#allocateRows} makes
 * one, {@link #add} fills it, {@link OptimizerBackend#stepRows} steps by it.
 *
 * <p>A row is touched if its number comes, whatever its gradients are. Touched rows take the step
 * that a dense one would give them; everything of the others keeps its bits, accumulators too. So
 * the averages of a row decay in the steps that touch it, and in no other.
 *
 * <p>If a number comes several times, its gradients are summed before anything else sees them, in
 * one order on every backend: in the order in which they came, in chunks of {@value
 * dev.rootmean.spi.Kernel#FOLD}, each from its first to its last. The sums of the chunks are then
 * what is to be summed, until there is one chunk.
 *
 * <p>Numbers are checked on the host, before anything changes. Methods that throw have changed
 * nothing.
 *
 * @since 0.1.0
 */
public interface RowGradients extends AutoCloseable {
  /**
   * The type of the gradients.
   *
   * @return {@link DataType#FLOAT32} or {@link DataType#FLOAT64}
   */
  DataType dataType();

  /**
   * The rows of the table.
   *
   * @return how many, at least 1
   */
  long rows();

  /**
   * The elements of a row.
   *
   * @return how many, at least 1
   */
  int width();

  /**
   * Adds gradients behind those that are there.
   *
   * @param rows numbers of rows, in any order; they are copied
   * @param values as many gradients for each of them as a row is wide, one row behind the other;
   *     they may change when this returns
   * @throws IndexOutOfBoundsException naming a number that the table does not have, and its place
   * @throws IllegalArgumentException if there are more or fewer values, they are no floats here, or
   *     there would be more than 2^25 numbers
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  void add(int[] rows, float[] values);

  /**
   * As {@link #add(int[], float[])}, for {@link DataType#FLOAT64}.
   *
   * @param rows numbers of rows
   * @param values their gradients
   */
  void add(int[] rows, double[] values);

  /**
   * As {@link #add(int[], float[])}, of gradients on the device, which are copied in the queue.
   *
   * @param rows numbers of rows
   * @param values their gradients, of this type and this backend
   */
  void add(int[] rows, DeviceBuffer values);

  /**
   * As {@link #add(int[], float[])}.
   *
   * @param rows numbers of rows
   * @param values their gradients
   */
  void add(long[] rows, float[] values);

  /**
   * As {@link #add(int[], float[])}, for {@link DataType#FLOAT64}.
   *
   * @param rows numbers of rows
   * @param values their gradients
   */
  void add(long[] rows, double[] values);

  /**
   * As {@link #add(int[], float[])}, of gradients on the device, which are copied in the queue.
   *
   * @param rows numbers of rows
   * @param values their gradients, of this type and this backend
   */
  void add(long[] rows, DeviceBuffer values);

  /** Begins anew, without any; the memory is kept for the next ones. */
  void clear();

  /**
   * Forgets what came last.
   *
   * @param count how many numbers stay, the first ones
   * @throws IllegalArgumentException if it is less than 0, or more than {@link #count}
   */
  void truncate(int count);

  /**
   * How many numbers have come since the last {@link #clear}.
   *
   * @return the count, with those that came several times
   */
  int count();

  /**
   * How many rows are touched.
   *
   * @return the count, each row once
   */
  int distinct();

  /**
   * The gradients that a step sees: those of each touched row, summed, in ascending order of the
   * rows. It is what {@link OptimizerBackend#measure} is to measure. The sums are made in the
   * queue, once until more is added, and a step then takes them.
   *
   * @return {@link #distinct} times {@link #width} elements; a view, good until the next {@code
   *     add}, {@code clear} or {@code close}
   * @throws IllegalStateException if no row is touched
   * @throws DeviceOutOfMemoryException if the device has too little memory left
   */
  DeviceBuffer sums();

  /** Frees the memory; a second call does nothing. */
  @Override
  void close();
}
