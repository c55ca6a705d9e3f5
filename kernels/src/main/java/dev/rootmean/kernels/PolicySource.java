package dev.rootmean.kernels;

import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.kernels.KernelSource.Dialect;
import java.util.Locale;

/**
 * The text of the kernels that a {@link dev.rootmean.GradientPolicy} wants of a device, and what is
 * to be launched of them.
 *
 * @param dialect the language
 * @param type the elements' type
 * @param wide whether it moves 16 bytes at a time where alignment allows it
 */
public record PolicySource(Dialect dialect, DataType type, boolean wide) {
  /**
   * The kernel that sums the squares of each chunk: n, vectors, gradients, decision; a group for
   * each chunk.
   *
   * @return its name
   */
  public String sum() {
    return "sum_squares_" + dialect.word(type);
  }

  /**
   * The kernel that sums the sums and decides: number of chunks, {@link PolicyBlock}, decision; one
   * group.
   *
   * @return its name
   */
  public String decide() {
    return "decide_" + dialect.word(type);
  }

  /**
   * The kernel that adds one buffer to another: n, sum, addend; a work-item for each element.
   *
   * @return its name
   */
  public String add() {
    return "add_" + dialect.word(type);
  }

  /**
   * The argument of {@link #sum()} of that name.
   *
   * @param length the number of gradients
   * @param offset where they begin in their allocation, in elements
   * @return the number of whole vectors of them; 0 if they do not begin on one
   */
  public long vectors(long length, long offset) {
    return KernelSource.vectors(KernelSource.width(type, wide), length, offset);
  }

  /**
   * The number of work-groups to launch of {@link #add()}.
   *
   * @param length the number of elements
   * @return the number of groups of {@link KernelSource#GROUP} work-items
   */
  public long addGroups(long length) {
    return (length - 1) / KernelSource.GROUP + 1;
  }

  /**
   * Puts the text together.
   *
   * @return one program with the three kernels
   */
  public String text() {
    int width = KernelSource.width(type, wide);
    String defines =
        String.format(
            Locale.ROOT,
            """
            #define SUM_NAME %s
            #define DECIDE_NAME %s
            #define ADD_NAME %s
            #define REAL %s
            #define REALV %s%d
            #define WIDTH %d
            #define GROUP %d
            """,
            sum(),
            decide(),
            add(),
            dialect.word(type),
            dialect.word(type),
            width,
            width,
            KernelSource.GROUP);
    return defines + dialect.prelude() + KernelSource.resource("policy.kernel");
  }

  static {
    if (GradientDecision.LANES != 4 * KernelSource.GROUP) {
      throw new AssertionError("a work-item has four lanes");
    }
  }
}
