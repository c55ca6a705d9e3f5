package dev.rootmean.cpu;

import dev.rootmean.spi.RandomBits;

/** The random bits of elements, for one thread: all rows of a step take theirs of the same. */
final class DrawnBits {
  /** The most elements at a time. */
  static final int MOST = HalfMemory.BLOCK;

  private static final long LOW = 0xFFFF_FFFFL;

  /** Each element its index: C2 of JDK 17 does not vectorise what is made of the index itself. */
  private static final int[] INDICES = new int[MOST];

  static {
    for (int i = 0; i < MOST; i++) {
      INDICES[i] = i;
    }
  }

  private final int[] bits = new int[MOST];
  private int key;

  /** The place of the first element whose bits are at hand; -1 for none. */
  private long from = -1;

  private int count;

  /** Makes the bits of elements, unless another row has had them made. */
  int[] of(int key, long from, int count) {
    if (key != this.key || from != this.from || count > this.count) {
      int before = (int) Math.min(count, LOW + 1 - (from & LOW)); // those with its upper word
      draw(bits, RandomBits.keyAt(key, from), (int) from, 0, before);
      if (before < count) {
        draw(bits, RandomBits.keyAt(key, from + before), (int) from, before, count);
      }
      this.key = key;
      this.from = from;
      this.count = count;
    }
    return bits;
  }

  private static void draw(int[] bits, int keyAt, int place, int at, int end) {
    for (int i = at; i < end; i++) {
      bits[i] = RandomBits.of(keyAt, place + INDICES[i]);
    }
  }
}
