package dev.rootmean.cli.train;

/** What a network learns from, or is tested with: inputs, and the class that each belongs to. */
interface Examples {
  /** How many there are. */
  int count();

  /**
   * Puts what the network is given of an example into a batch.
   *
   * @param place of it in the batch
   */
  void copyTo(Batch batch, int place, int example);

  /** The class of an example, from 0. */
  int label(int example);

  /** A number that other examples most likely do not have. */
  long checksum();
}
