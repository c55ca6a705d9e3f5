package dev.rootmean.cli.train;

/**
 * The n-grams that end at a place of a text, as rows of a table: for each order, from one character
 * to {@link #ORDERS}, the hash of the last characters chooses one of that order's rows. Characters
 * that share a row by chance are learnt together.
 */
final class NGrams {
  /** The characters of the longest n-gram. */
  static final int ORDERS = 4;

  private static final int ROWS_LOG2 = 12;

  /** A row for each hash of each order. */
  static final Embedding EMBEDDING = new Embedding(ORDERS << ROWS_LOG2, 16, ORDERS, false);

  /** 2^32 divided by the golden ratio, and odd: neighbours in, far apart out (Knuth, 6.4). */
  private static final int SPREAD = 0x9E3779B1;

  private NGrams() {}

  /**
   * Finds the rows, from one character to the most.
   *
   * @param characters code points, of which at least {@link #ORDERS} are before the end
   * @param end the place behind the last of them
   * @param rows where to, from the offset on
   */
  static void find(int[] characters, int end, int[] rows, int offset) {
    int hash = 0;
    for (int order = 0; order < ORDERS; order++) {
      hash = (hash + characters[end - 1 - order] + 1) * SPREAD;
      hash ^= hash >>> 15;
      rows[offset + order] =
          (order << ROWS_LOG2) + ((hash * SPREAD) >>> (Integer.SIZE - ROWS_LOG2));
    }
  }
}
