import java.util.Arrays;

/** A block of square averages as somebody stores it: what becomes of them step by step. */
interface Accumulator extends AutoCloseable {
  /** Elements of a block, of which none has anything to do with another one's. */
  int BLOCK = 256;

  /**
   * Does a step.
   *
   * @param attempt its number, from 0
   * @param gradients one for each element
   * @return the square averages as they are stored by now
   */
  float[] step(long attempt, float[] gradients);

  @Override
  default void close() {}

  /** A way of storing them. */
  interface Format {
    /** All start at 1. */
    Accumulator begin(double decay);
  }

  /** Rounds a block to what can be stored. */
  interface Rounding {
    /**
     * Rounds in place.
     *
     * @param attempt the step's number
     */
    void round(float[] values, long attempt);
  }

  /** The moving average in floats, rounded once a step. */
  static Format rounded(Rounding rounding) {
    return decay -> {
      float[] v = new float[BLOCK];
      Arrays.fill(v, 1);
      float keep = (float) decay;
      float take = (float) (1 - decay);
      return (attempt, gradients) -> {
        for (int i = 0; i < BLOCK; i++) {
          v[i] = keep * v[i] + take * (gradients[i] * gradients[i]);
        }
        rounding.round(v, attempt);
        return v;
      };
    };
  }
}
