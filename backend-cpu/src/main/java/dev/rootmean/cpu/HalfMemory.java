package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.ShortBuffer;
import java.util.Arrays;

/**
 * Elements of 16 bits on the Java heap, two in an {@code int}: of a block of them the first half
 * are the lower halves of its words, in order, and the second half the upper ones. C2 does not
 * vectorise loops between {@code short[]} and {@code int[]}, and those over such words it does.
 * Neighbours share a word, so of two threads one alone may write to a block.
 */
final class HalfMemory extends CpuMemory {
  /** Elements of a block, of which a page has a whole number. */
  static final int BLOCK = 2_048;

  /** Words of a block. */
  static final int WORDS = BLOCK / 2;

  private final int[][] blocks;

  /** Zeros. */
  HalfMemory(DataType type, long length) {
    super(type);
    long count = (length - 1) / BLOCK + 1;
    if (count > Pages.MOST_PAGES) {
      throw new OutOfMemoryError(count + " blocks");
    }
    blocks = new int[(int) count][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new int[(int) Math.min(WORDS, length - (long) i * BLOCK)];
    }
  }

  @Override
  boolean isForeign() {
    return false;
  }

  @Override
  int sharing() {
    return BLOCK;
  }

  /** The block of an element. */
  private int[] words(long element) {
    return blocks[(int) (element / BLOCK)];
  }

  /** The word of an element in its block. */
  private static int word(long element) {
    return (int) (element % WORDS);
  }

  /** How far up in its word an element is. */
  private static int shift(long element) {
    return (element & WORDS) == 0 ? 0 : Short.SIZE;
  }

  private short get(long element) {
    return (short) (words(element)[word(element)] >>> shift(element));
  }

  private void set(long element, int bits) {
    int[] words = words(element);
    int word = word(element);
    int shift = shift(element);
    words[word] = (words[word] & ~(0xFFFF << shift)) | (bits & 0xFFFF) << shift;
  }

  private static boolean isWhole(long element, int count) {
    return element % BLOCK == 0 && count == BLOCK;
  }

  @Override
  void loadBits(long at, int[] bits, int count) {
    if (isWhole(at, count)) {
      unpack(words(at), bits);
      return;
    }
    for (int i = 0; i < count; i++) {
      bits[i] = get(at + i) << Short.SIZE;
    }
  }

  @Override
  void storeBits(int[] bits, long at, int count) {
    if (isWhole(at, count)) {
      pack(bits, words(at));
      return;
    }
    for (int i = 0; i < count; i++) {
      set(at + i, bits[i]);
    }
  }

  private static void unpack(int[] words, int[] bits) {
    for (int i = 0; i < WORDS; i++) {
      int word = words[i];
      bits[i] = word << Short.SIZE;
      bits[i + WORDS] = word & 0xFFFF_0000;
    }
  }

  private static void pack(int[] bits, int[] words) {
    for (int i = 0; i < WORDS; i++) {
      words[i] = (bits[i] & 0xFFFF) | bits[i + WORDS] << Short.SIZE;
    }
  }

  @Override
  void send(Buffer source, int from, long at, int count) {
    ShortBuffer shorts = (ShortBuffer) source;
    for (int i = 0; i < count; i++) {
      set(at + i, shorts.get(from + i));
    }
  }

  @Override
  void receive(long at, Buffer target, int to, int count) {
    ShortBuffer shorts = (ShortBuffer) target;
    for (int i = 0; i < count; i++) {
      shorts.put(to + i, get(at + i));
    }
  }

  @Override
  void copy(long at, CpuMemory target, long to, int count) {
    if (!(target instanceof HalfMemory half)) {
      ((WrappedMemory) target).takeFrom(this, at, to, count);
      return;
    }
    for (int i = 0; i < count; ) {
      int part = 1;
      if ((at + i) % BLOCK == 0 && (to + i) % BLOCK == 0 && count - i >= BLOCK) {
        System.arraycopy(words(at + i), 0, half.words(to + i), 0, WORDS);
        part = BLOCK;
      } else {
        half.set(to + i, get(at + i));
      }
      i += part;
    }
  }

  @Override
  void clear(long at, int count) {
    for (int i = 0; i < count; ) {
      int part = 1;
      if ((at + i) % BLOCK == 0 && count - i >= BLOCK) {
        Arrays.fill(words(at + i), 0);
        part = BLOCK;
      } else {
        set(at + i, 0);
      }
      i += part;
    }
  }
}
