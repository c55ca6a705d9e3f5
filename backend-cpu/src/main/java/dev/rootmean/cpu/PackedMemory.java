package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.util.Arrays;

/**
 * Elements of 8 or 16 bits on the Java heap, several in an {@code int}: of a block of them those of
 * the first part are the lowest bits of its words, in order, and so on. C2 does not vectorise loops
 * between arrays of such elements and {@code int[]}, and those over such words it does. Neighbours
 * share a word, so of two threads one alone may write to a block.
 */
abstract class PackedMemory extends CpuMemory {
  /** Elements of a block. */
  private final int block;

  /** Words of a block. */
  private final int words;

  /** Of an element. */
  private final int bits;

  private final int[][] blocks;

  /**
   * Zeros.
   *
   * @param block elements of a block, a power of two of which a page has a whole number
   */
  PackedMemory(DataType type, long length, int block) {
    super(type);
    this.block = block;
    this.bits = type.bytes() * Byte.SIZE;
    this.words = block / (Integer.SIZE / bits);
    long count = (length - 1) / block + 1;
    if (count > Pages.MOST_PAGES) {
      throw new OutOfMemoryError(count + " blocks");
    }
    blocks = new int[(int) count][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new int[(int) Math.min(words, length - (long) i * block)];
    }
  }

  @Override
  final boolean isForeign() {
    return false;
  }

  @Override
  final int sharing() {
    return block;
  }

  /** The block of an element. */
  final int[] words(long element) {
    return blocks[(int) (element / block)];
  }

  private int word(long element) {
    return (int) element & words - 1;
  }

  /** How far up in its word an element is. */
  private int shift(long element) {
    return ((int) element & block - 1) / words * bits;
  }

  /** An element's bits, the lowest ones, below others. */
  final int get(long element) {
    return words(element)[word(element)] >>> shift(element);
  }

  final void set(long element, int value) {
    int[] words = words(element);
    int word = word(element);
    int shift = shift(element);
    int mask = (1 << bits) - 1;
    words[word] = (words[word] & ~(mask << shift)) | (value & mask) << shift;
  }

  /** Whether elements are a block. */
  final boolean isWhole(long element, int count) {
    return element % block == 0 && count == block;
  }

  /** Whether the first of some elements are one. */
  private boolean isBlock(long element, int count) {
    return element % block == 0 && count >= block;
  }

  @Override
  void copy(long at, CpuMemory target, long to, int count) {
    PackedMemory other = (PackedMemory) target;
    int part;
    for (int i = 0; i < count; i += part) {
      part = 1;
      if (isBlock(at + i, count - i) && isBlock(to + i, count - i)) {
        System.arraycopy(words(at + i), 0, other.words(to + i), 0, words);
        part = block;
      } else {
        other.set(to + i, get(at + i));
      }
    }
  }

  @Override
  final void clear(long at, int count) {
    int part;
    for (int i = 0; i < count; i += part) {
      part = 1;
      if (isBlock(at + i, count - i)) {
        Arrays.fill(words(at + i), 0);
        part = block;
      } else {
        set(at + i, 0);
      }
    }
  }
}
