package dev.rootmean.spi;

/**
 * The random bits that a step rounds by: made of a seed, of the attempt's number and of an
 * element's place alone, so that they are the same on every device, for any part of a buffer, and
 * after any resumption. The mixer is a published one with two multiplications: C. Wellons, <em>Hash
 * Prospector</em>, 2018, {@code lowbias32}. With one multiplication neighbours are correlated.
 *
 * @since 0.1.0
 */
public final class RandomBits {
  private static final int HIGH_PLACES = 0x9E37_79B1;

  /** Which 16 of an element's bits a row of its step takes; no two rows take the same. */
  public enum Share {
    /** The upper ones. */
    PARAMS("p", 16, 0),
    /** The lower ones. */
    SQUARE_AVERAGE("v", 0, 0),
    /** Those in the middle. */
    MOMENTUM("b", 8, 0),
    /** The upper ones exclusive or the lower ones. */
    GRADIENT_AVERAGE("m", 0, -1);

    /** As {@code values()} makes a new array each time, and a launch is to make no garbage. */
    private static final Share[] ALL = values();

    private final String row;
    private final int shift;
    private final int folded;

    Share(String row, int shift, int folded) {
      this.row = row;
      this.shift = shift;
      this.folded = folded;
    }

    /**
     * The share of a row.
     *
     * @param row as the step's text calls it
     * @return null if it has none
     */
    public static Share of(String row) {
      for (Share share : ALL) {
        if (share.row.equals(row)) {
          return share;
        }
      }
      return null;
    }

    /**
     * By how much the bits are shifted to the right.
     *
     * @return the shift
     */
    public int shift() {
      return shift;
    }

    /**
     * What of the upper half is exclusive or'd to the lower one before: none or all.
     *
     * @return a mask
     */
    public int folded() {
      return folded;
    }
  }

  private RandomBits() {}

  private static int mix(int bits) {
    int x = bits;
    x = (x ^ x >>> 16) * 0x7FEB_352D;
    x = (x ^ x >>> 15) * 0x846C_A68B;
    return x ^ x >>> 16;
  }

  /**
   * What is the same for all elements of a step.
   *
   * @param seed the training's
   * @param attempt the step's number
   * @return the key
   */
  public static int key(long seed, long attempt) {
    return mix(low(seed) ^ mix(high(seed) ^ mix(low(attempt) ^ mix(high(attempt)))));
  }

  private static int low(long x) {
    return (int) x;
  }

  private static int high(long x) {
    return (int) (x >>> 32);
  }

  /**
   * The key of places that have their upper 32 bits in common.
   *
   * @param key of {@link #key}
   * @param place one of them
   * @return the key for {@link #of}
   */
  public static int keyAt(int key, long place) {
    return key + high(place) * HIGH_PLACES;
  }

  /**
   * The 32 bits of an element, of which each row of its step takes 16.
   *
   * @param keyAt of {@link #keyAt}
   * @param place the lower 32 bits of the element's place
   * @return the bits
   */
  public static int of(int keyAt, int place) {
    return mix(place ^ keyAt);
  }
}
