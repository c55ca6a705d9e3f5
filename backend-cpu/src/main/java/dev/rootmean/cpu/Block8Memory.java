package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.Block8;
import java.nio.Buffer;
import java.nio.ByteBuffer;

/** Codes of 8 bits on the Java heap. */
final class Block8Memory extends PackedMemory {
  private static final int BLOCK = Block8.SIZE;

  /** Words of a block. */
  private static final int WORDS = BLOCK / 4;

  /** Zeros. */
  Block8Memory(DataType type, long length) {
    super(type, length, BLOCK);
  }

  /**
   * Looks up the numbers of a block's first elements. As vectors it would be faster still, but C2
   * of JDK 17 makes them of such a loop in some processes, and in others not.
   *
   * @param at the block's first element
   * @param numbers of each code
   */
  void load(long at, float[] numbers, float[] to, int from, int count) {
    if (count == BLOCK) {
      look(words(at), numbers, to, from);
      return;
    }
    for (int i = 0; i < count; i++) {
      to[from + i] = numbers[get(at + i) & 0xFF];
    }
  }

  /** An index is masked by the array's own length, or C2 would check each. */
  private static void look(int[] words, float[] numbers, float[] to, int from) {
    for (int i = 0; i < WORDS; i++) {
      int word = words[i];
      to[from + i] = numbers[word & numbers.length - 1];
      to[from + i + WORDS] = numbers[word >>> 8 & numbers.length - 1];
      to[from + i + 2 * WORDS] = numbers[word >>> 16 & numbers.length - 1];
      to[from + i + 3 * WORDS] = numbers[word >>> 24 & numbers.length - 1];
    }
  }

  /** Copies codes of 8 bits to a block's first elements. */
  void store(int[] codes, long at, int count) {
    if (count == BLOCK) {
      pack(codes, words(at));
      return;
    }
    for (int i = 0; i < count; i++) {
      set(at + i, codes[i]);
    }
  }

  private static void pack(int[] codes, int[] words) {
    for (int i = 0; i < WORDS; i++) {
      words[i] =
          codes[i]
              | codes[i + WORDS] << 8
              | codes[i + 2 * WORDS] << 16
              | codes[i + 3 * WORDS] << 24;
    }
  }

  @Override
  void send(Buffer source, int from, long at, int count) {
    ByteBuffer codes = (ByteBuffer) source;
    for (int i = 0; i < count; i++) {
      set(at + i, codes.get(from + i));
    }
  }

  @Override
  void receive(long at, Buffer target, int to, int count) {
    ByteBuffer codes = (ByteBuffer) target;
    for (int i = 0; i < count; i++) {
      codes.put(to + i, (byte) get(at + i));
    }
  }
}
