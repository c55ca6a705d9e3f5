package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.Halves;
import dev.rootmean.spi.RandomBits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Makes floats of 16 bits, and 16 bits of floats, for one thread and a block at a time. C2
 * vectorises loops over whole numbers with one index for all arrays; it does not vectorise what
 * crosses between floats and their bits, so these cross by copies through memory that is seen as
 * both.
 */
final class HalfCodec {
  private static final int BLOCK = HalfMemory.BLOCK;

  private final DrawnBits drawn;
  private final int[] bits = new int[BLOCK];
  private final int[] more = new int[BLOCK];
  private final IntBuffer crossing;
  private final FloatBuffer crossed;

  // How what is stored next is rounded.

  private RandomBits.Share share;
  private int key;
  private long place;

  HalfCodec(DrawnBits drawn) {
    this.drawn = drawn;
    ByteBuffer both = ByteBuffer.allocateDirect(BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
    crossing = both.asIntBuffer();
    crossed = both.asFloatBuffer();
  }

  private void toBits(float[] floats, int from, int[] bits, int count) {
    crossed.put(0, floats, from, count);
    crossing.get(0, bits, 0, count);
  }

  private void toFloats(int[] bits, float[] floats, int to, int count) {
    crossing.put(0, bits, 0, count);
    crossed.get(0, floats, to, count);
  }

  /** How many elements, from one on, lie in a block; the last of a page is the last of a block. */
  private static int part(long at, int count) {
    return Math.min(BLOCK - (int) (at % BLOCK), count);
  }

  /** Widens elements to floats. */
  void load(CpuMemory memory, long at, float[] target, int to, int count) {
    int part;
    for (int i = 0; i < count; i += part) {
      part = part(at + i, count - i);
      memory.loadBits(at + i, bits, part);
      if (memory.type == DataType.FLOAT16) {
        scaledFloat16(bits, part);
      }
      toFloats(bits, target, to + i, part);
      if (memory.type == DataType.FLOAT16) {
        scale(target, to + i, to + i + part);
      }
    }
  }

  private static void scaledFloat16(int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = Halves.scaledFloat16(bits[i] >>> Short.SIZE);
    }
  }

  private static void scale(float[] floats, int at, int end) {
    for (int i = at; i < end; i++) {
      floats[i] = floats[i] * 0x1p112f;
    }
  }

  /** Makes floats of their two halves. */
  void join(CpuMemory high, long highAt, CpuMemory low, long lowAt, float[] to, int at, int count) {
    int part;
    for (int i = 0; i < count; i += part) {
      part = Math.min(part(highAt + i, count - i), part(lowAt + i, count - i));
      high.loadBits(highAt + i, bits, part);
      low.loadBits(lowAt + i, more, part);
      join(bits, more, part);
      toFloats(bits, to, at + i, part);
    }
  }

  private static void join(int[] high, int[] low, int count) {
    for (int i = 0; i < count; i++) {
      high[i] = Halves.joined(high[i] >>> Short.SIZE, low[i] >>> Short.SIZE);
    }
  }

  /** Splits floats into two halves. */
  void split(
      float[] from, int at, CpuMemory high, long highAt, CpuMemory low, long lowAt, int count) {
    int part;
    for (int i = 0; i < count; i += part) {
      part = Math.min(part(highAt + i, count - i), part(lowAt + i, count - i));
      toBits(from, at + i, bits, part);
      split(bits, more, part);
      low.storeBits(bits, lowAt + i, part); // which takes the lower halves
      high.storeBits(more, highAt + i, part);
    }
  }

  private static void split(int[] bits, int[] high, int count) {
    for (int i = 0; i < count; i++) {
      int one = Halves.oneNan(bits[i]);
      bits[i] = one;
      high[i] = Halves.high(one);
    }
  }

  /**
   * Says how the next elements are rounded.
   *
   * @param share of the random bits; null for to nearest
   * @param place of the first element
   */
  void roundBy(RandomBits.Share share, int key, long place) {
    this.share = share;
    this.key = key;
    this.place = place;
  }

  /** Rounds floats, which are no longer the same after it. */
  void store(float[] source, int from, CpuMemory memory, long at, int count) {
    int part;
    for (int i = 0; i < count; i += part) {
      part = part(at + i, count - i);
      toBits(source, from + i, bits, part);
      boolean isBfloat16 = memory.type == DataType.BFLOAT16;
      if (!isBfloat16) {
        shift(source, share == null ? 0.5f : 0x1p-14f, from + i, from + i + part);
        toBits(source, from + i, more, part);
      }
      if (share != null) {
        int[] random = drawn.of(key, place + i, part);
        if (isBfloat16) {
          bfloat16(bits, random, share.shift(), share.folded(), part);
        } else {
          float16(bits, more, random, share.shift(), share.folded(), part);
        }
      } else if (isBfloat16) {
        nearestBfloat16(bits, part);
      } else {
        nearestFloat16(bits, more, part);
      }
      memory.storeBits(bits, at + i, part);
    }
  }

  private static void shift(float[] floats, float by, int at, int end) {
    for (int i = at; i < end; i++) {
      floats[i] = Math.abs(floats[i]) + by;
    }
  }

  private static void bfloat16(int[] bits, int[] random, int shift, int folded, int count) {
    for (int i = 0; i < count; i++) {
      int added = ((random[i] ^ (random[i] >>> 16 & folded)) >>> shift) & 0xFFFF;
      bits[i] = Halves.bfloat16(bits[i], added);
    }
  }

  private static void float16(
      int[] bits, int[] shifted, int[] random, int shift, int folded, int count) {
    for (int i = 0; i < count; i++) {
      int drawn = ((random[i] ^ (random[i] >>> 16 & folded)) >>> shift) & 0xFFFF;
      bits[i] = Halves.randomFloat16(bits[i], shifted[i], drawn);
    }
  }

  private static void nearestBfloat16(int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = Halves.bfloat16(bits[i], Halves.nearest(bits[i]));
    }
  }

  private static void nearestFloat16(int[] bits, int[] shifted, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = Halves.nearestFloat16(bits[i], shifted[i]);
    }
  }
}
