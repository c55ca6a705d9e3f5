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

  /** As many as a code can be. */
  private static final int CODES = 256;

  /** How many tables are kept: neighbours have bases that are near to each other. */
  private static final int TABLES = 16;

  /** By the last bits of a base, the numbers of its codes. */
  private final float[][] tables = new float[TABLES][CODES];

  /** The base of each; -1 for none. */
  private final int[] tableBases = new int[TABLES];

  private int tablesTop;

  private final DrawnBits drawn;

  // Of one block.

  private final int[] bits = new int[BLOCK];
  private final int[] rounded = new int[BLOCK];
  private final int[] largest = new int[BLOCK / 2];

  // How what is stored next is rounded.

  private RandomBits.Share share;
  private int key;
  private long place;

  private final IntBuffer crossing;
  private final FloatBuffer crossed;

  Block8Codec(DrawnBits drawn) {
    this.drawn = drawn;
    ByteBuffer both = ByteBuffer.allocateDirect(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
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
    for (int i = 0; i < count; i += BLOCK) {
      long block = firstBase + i / BLOCK;
      float[] numbers = numbers(page(bases, block)[Pages.index(block)], top);
      memory.load(at + i, numbers, to, from + i, Math.min(BLOCK, count - i));
    }
  }

  /** The numbers that the codes of a block are. */
  private float[] numbers(int base, int top) {
    int slot = base & TABLES - 1;
    if (base != tableBases[slot] || top != tablesTop) {
      if (top != tablesTop) {
        Arrays.fill(tableBases, -1);
        tablesTop = top;
      }
      for (int code = 0; code < CODES; code++) {
        tables[slot][code] = Float.intBitsToFloat(Block8.decoded(code, base, top));
      }
      tableBases[slot] = base;
    }
    return tables[slot];
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
    for (int i = 0; i < count; i += BLOCK) {
      int length = Math.min(BLOCK, count - i);
      crossed.put(0, source, from + i, length);
      crossing.get(0, bits, 0, length);
      int[] random = drawn.of(key, place + i, length);
      round(bits, random, rounded, share.shift(), share.folded(), length);
      int base = Block8.base(most(length), top);
      long block = firstBase + i / BLOCK;
      page(bases, block)[Pages.index(block)] = base;
      encode(bits, rounded, base, top, length);
      memory.store(rounded, at + i, length);
    }
  }

  private static void round(
      int[] bits, int[] random, int[] rounded, int shift, int folded, int count) {
    for (int i = 0; i < count; i++) {
      int chance = ((random[i] ^ (random[i] >>> 16 & folded)) >>> shift) & 0xFFFF;
      rounded[i] = Block8.rounded(bits[i], Block8.random(chance));
    }
  }

  private static void encode(int[] bits, int[] rounded, int base, int top, int count) {
    for (int i = 0; i < count; i++) {
      rounded[i] = Block8.code(bits[i], rounded[i], base, top);
    }
  }

  /** The largest number of a block, by halves, which C2 vectorises as it does no reduction. */
  private int most(int count) {
    Arrays.fill(rounded, count, BLOCK, 0);
    foldHalf(rounded, largest);
    foldQuarter(largest);
    foldEighth(largest);
    int most = 0;
    for (int i = 0; i < BLOCK / 8; i++) {
      most = Math.max(most, largest[i]);
    }
    return most;
  }

  private static void foldHalf(int[] numbers, int[] largest) {
    for (int i = 0; i < BLOCK / 2; i++) {
      largest[i] = larger(numbers[i], numbers[i + BLOCK / 2]);
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
