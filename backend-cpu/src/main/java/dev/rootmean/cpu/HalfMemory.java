package dev.rootmean.cpu;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.ShortBuffer;

/** Elements of 16 bits on the Java heap. */
final class HalfMemory extends PackedMemory {
  /** Elements of a block, of which a page has a whole number. */
  static final int BLOCK = 2_048;

  /** Words of a block. */
  private static final int WORDS = BLOCK / 2;

  /** Zeros. */
  HalfMemory(DataType type, long length) {
    super(type, length, BLOCK);
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
      shorts.put(to + i, (short) get(at + i));
    }
  }

  @Override
  void copy(long at, CpuMemory target, long to, int count) {
    if (target instanceof WrappedMemory wrapped) {
      wrapped.takeFrom(this, at, to, count);
    } else {
      super.copy(at, target, to, count);
    }
  }
}
