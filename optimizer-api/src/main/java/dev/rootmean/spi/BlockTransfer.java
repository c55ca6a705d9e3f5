package dev.rootmean.spi;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Floats to and from memory in blocks, a part at a time: codes and bases are two transfers. */
final class BlockTransfer {
  private static final int BLOCKS = 64;

  private BlockTransfer() {}

  /** Sends all that remains, which is whole blocks but for the last one of the memory. */
  static <M> void send(
      OwnedDevice<M> device, MemoryRange<M> target, long offset, FloatBuffer source) {
    int top = Block8.top(target.dataType());
    byte[] codes = new byte[Math.min(BLOCKS * Block8.SIZE, source.remaining())];
    int[] bases = new int[BLOCKS];
    float[] block = new float[Block8.SIZE];
    for (long at = offset; source.hasRemaining(); ) {
      int blocks = 0;
      int count = 0;
      while (blocks < BLOCKS && source.hasRemaining()) {
        int length = Math.min(Block8.SIZE, source.remaining());
        source.get(block, 0, length);
        bases[blocks++] = encode(block, length, top, codes, count);
        count += length;
      }
      device.send(target, at, ByteBuffer.wrap(codes, 0, count));
      device.send(target.bases(), at / Block8.SIZE, IntBuffer.wrap(bases, 0, blocks));
      at += count;
    }
  }

  /** Rounds a block to nearest; its base. */
  private static int encode(float[] block, int length, int top, byte[] codes, int to) {
    int most = 0;
    for (int i = 0; i < length; i++) {
      int bits = Float.floatToRawIntBits(block[i]);
      most = Math.max(most, Block8.rounded(bits, Block8.nearest(bits)));
    }
    int base = Block8.base(most, top);
    for (int i = 0; i < length; i++) {
      int bits = Float.floatToRawIntBits(block[i]);
      int rounded = Block8.rounded(bits, Block8.nearest(bits));
      codes[to + i] = (byte) Block8.code(bits, rounded, base, top);
    }
    return base;
  }

  /** Receives all that there is room for, from anywhere in a block on. */
  static <M> void receive(
      OwnedDevice<M> device, MemoryRange<M> source, long offset, FloatBuffer target) {
    int top = Block8.top(source.dataType());
    ByteBuffer codes = ByteBuffer.allocate(Math.min(BLOCKS * Block8.SIZE, target.remaining()));
    IntBuffer bases = IntBuffer.allocate(BLOCKS + 1); // of which two can be had in part
    for (long at = offset; target.hasRemaining(); at += codes.limit()) {
      codes.clear().limit(Math.min(codes.capacity(), target.remaining()));
      long firstBlock = at / Block8.SIZE;
      long lastBlock = (at + codes.limit() - 1) / Block8.SIZE;
      bases.clear().limit((int) (lastBlock - firstBlock) + 1);
      device.receive(source, at, codes.duplicate());
      device.receive(source.bases(), firstBlock, bases.duplicate());
      for (int i = 0; i < codes.limit(); i++) {
        int base = bases.get((int) ((at + i) / Block8.SIZE - firstBlock));
        target.put(Float.intBitsToFloat(Block8.decoded(codes.get(i), base, top)));
      }
    }
  }
}
