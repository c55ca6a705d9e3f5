/** Steps of one kind, made here or in another process; the parameters go on from turn to turn. */
interface Steps {
  /** Makes some, waits for the last, and tells the nanoseconds of one. */
  double nanosPerStep(int count);

  /** How many were made in all. */
  long made();

  /** A hash of the parameters' bits. */
  int hash();

  /** Lets the one that has made fewer catch up, and fails if the parameters differ then. */
  static void requireSameBits(Steps a, Steps b) {
    a.catchUp(b.made());
    b.catchUp(a.made());
    if (a.hash() != b.hash()) {
      throw new IllegalStateException("the two gave different parameters");
    }
  }

  private void catchUp(long wanted) {
    if (made() < wanted) {
      nanosPerStep(Math.toIntExact(wanted - made()));
    }
  }
}
