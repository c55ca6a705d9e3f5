package dev.rootmean.cli.train;

/**
 * A table of which some rows stand for an example: side by side, they are the network's input. So a
 * batch has few of its rows.
 *
 * @param rows of the table
 * @param width of a row
 * @param lookups the rows that stand for one example
 * @param isDense whether a step takes all rows, with a gradient of zero for those not in its batch
 */
record Embedding(int rows, int width, int lookups, boolean isDense) {
  /** For examples that are numbers already. */
  static final Embedding NONE = new Embedding(0, 0, 0, false);

  /** The same, of which a step takes all rows. */
  Embedding dense() {
    return new Embedding(rows, width, lookups, true);
  }

  /** The parameters that it has. */
  int length() {
    return Math.multiplyExact(rows, width);
  }
}
