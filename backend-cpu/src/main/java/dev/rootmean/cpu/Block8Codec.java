package dev.rootmean.cpu;

import dev.rootmean.spi.Block8;
import dev.rootmean.spi.RandomBits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Makes floats of blocks, and blocks of floats, for one thread. See {@link HalfCodec}. */
final class Block8Codec {
  private static final int BLOCK = Block8.SIZE;

  /** Elements at a time, so as many blocks as have their random bits drawn together. */
  private static final int PART = DrawnBits.MOST;

  private final DrawnBits drawn;
  private final int[] bits = new int[PART];
  private final int[] rounded = new int[PART];

  /** Of one block. */
  private final int[] codes = new int[BLOCK];

  // How what is stored next is rounded.

  private RandomBits.Share share;
  private int key;
  private long place;

  private final IntBuffer crossing;
  private final FloatBuffer crossed;

  Block8Codec(DrawnBits drawn) {
    this.drawn = drawn;
    ByteBuffer both = ByteBuffer.allocateDirect(PART * Float.BYTES).order(ByteOrder.nativeOrder());
    crossing = both.asIntBuffer();
    crossed = both.asFloatBuffer();
  }

  /** Where the bases of some blocks lie: a number for each. */
  private static int[] page(CpuMemory bases, long block) {
    return (int[]) bases.page(block);
  }

  /**
   * Makes floats.
   *
   * @param at the first element of a block
   * @param firstBase that block's among the bases
   */
  void load(
      Block8Memory memory,
      long at,
      CpuMemory bases,
      long firstBase,
      float[] to,
      int from,
      int count) {
    int top = Block8.top(memory.type);
    int part;
    for (int i = 0; i < count; i += part) {
      part = Math.min(PART, count - i);
      for (int k = 0; k < part; k += BLOCK) {
        int length = Math.min(BLOCK, part - k);
        long block = firstBase + (i + k) / BLOCK;
        memory.load(at + i + k, codes, length);
        decode(codes, page(bases, block)[Pages.index(block)], top, length);
        crossing.put(k, codes, 0, length);
      }
      crossed.get(0, to, from + i, part);
    }
  }

  private static void decode(int[] codes, int base, int top, int count) {
    for (int i = 0; i < count; i++) {
      codes[i] = Block8.decoded(codes[i], base, top);
    }
  }

  /**
   * Says how the next elements are rounded.
   *
   * @param share of the random bits
   * @param place of the first element
   */
  void roundBy(RandomBits.Share share, int key, long place) {
    this.share = share;
    this.key = key;
    this.place = place;
  }

  /** Rounds floats, and gives each block the base that suits it. */
  void store(
      float[] source,
      int from,
      Block8Memory memory,
      long at,
      CpuMemory bases,
      long firstBase,
      int count) {
    int top = Block8.top(memory.type);
    int part;
    for (int i = 0; i < count; i += part) {
      part = Math.min(PART, count - i);
      crossed.put(0, source, from + i, part);
      crossing.get(0, bits, 0, part);
      int[] random = drawn.of(key, place + i, part);
      round(bits, random, rounded, share.shift(), share.folded(), part);
      for (int k = 0; k < part; k += BLOCK) {
        int length = Math.min(BLOCK, part - k);
        long block = firstBase + (i + k) / BLOCK;
        int base = Block8.base(most(k, length), top);
        page(bases, block)[Pages.index(block)] = base;
        encode(bits, rounded, base, top, k, k + length);
        System.arraycopy(rounded, k, codes, 0, length);
        memory.store(codes, at + i + k, length);
      }
    }
  }

  private static void round(
      int[] bits, int[] random, int[] rounded, int shift, int folded, int count) {
    for (int i = 0; i < count; i++) {
      int chance = ((random[i] ^ (random[i] >>> 16 & folded)) >>> shift) & 0xFFFF;
      rounded[i] = Block8.rounded(bits[i], Block8.random(chance));
    }
  }

  private static void encode(int[] bits, int[] rounded, int base, int top, int at, int end) {
    for (int i = at; i < end; i++) {
      rounded[i] = Block8.code(bits[i], rounded[i], base, top);
    }
  }

  /** The largest number of a block, by halves, which C2 vectorises as it does no reduction. */
  private int most(int from, int count) {
    System.arraycopy(rounded, from, codes, 0, count);
    Arrays.fill(codes, count, BLOCK, 0);
    foldHalf(codes);
    foldQuarter(codes);
    foldEighth(codes);
    int most = 0;
    for (int i = 0; i < BLOCK / 8; i++) {
      most = Math.max(most, codes[i]);
    }
    return most;
  }

  private static void foldHalf(int[] numbers) {
    for (int i = 0; i < BLOCK / 2; i++) {
      numbers[i] = larger(numbers[i], numbers[i + BLOCK / 2]);
    }
  }

  private static void foldQuarter(int[] numbers) {
    for (int i = 0; i < BLOCK / 4; i++) {
      numbers[i] = larger(numbers[i], numbers[i + BLOCK / 4]);
    }
  }

  private static void foldEighth(int[] numbers) {
    for (int i = 0; i < BLOCK / 8; i++) {
      numbers[i] = larger(numbers[i], numbers[i + BLOCK / 8]);
    }
  }

  /** Without a branch, which would keep a loop from being vectorised. */
  private static int larger(int a, int b) {
    int less = a - b;
    return a - (less & less >> 31);
  }
}
