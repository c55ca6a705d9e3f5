package dev.rootmean.cpu;

import dev.rootmean.ForeignMemory;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.List;

/**
 * Memory of the host that another library owns. Loops over a direct buffer take three times as long
 * as those over an array, so what they work on is copied to an array and back, a page at a time:
 * always for all but steps, and for those that {@link ForeignSteps} do not take, such as
 * remainders, clipping by value, mixed types, and all until they are compiled.
 */
final class WrappedMemory extends CpuMemory {
  private final ForeignMemory memory; // keeps the owner reachable
  private final List<Buffer> parts;

  WrappedMemory(ForeignMemory memory) {
    super(memory.dataType());
    this.memory = memory;
    this.parts = memory.parts();
  }

  private Buffer part(long element) {
    return parts.get((int) (element / ForeignMemory.PART));
  }

  private static int index(long element) {
    return (int) (element % ForeignMemory.PART);
  }

  @Override
  boolean isForeign() {
    return true;
  }

  @Override
  long address(long element) {
    requireAlive(element);
    return memory.address() + element * type.bytes();
  }

  private IllegalStateException inBlocks() {
    return new IllegalStateException(type + " is not wrapped");
  }

  /** Throws if the buffer's arena is closed, as any access by the buffer does. */
  private void requireAlive(long element) {
    Buffer part = part(element);
    int index = index(element);
    double unused =
        switch (type.carrier()) {
          case FLOAT -> ((FloatBuffer) part).get(index);
          case DOUBLE -> ((DoubleBuffer) part).get(index);
          case SHORT -> ((ShortBuffer) part).get(index);
          case INT -> ((IntBuffer) part).get(index);
          case BYTE -> throw inBlocks();
        };
  }

  @Override
  void load(long at, Object target, int to, int count) {
    Buffer part = part(at);
    int index = index(at);
    Buffer unused = // an expression, which no type can be missing from
        switch (type.carrier()) {
          case FLOAT -> ((FloatBuffer) part).get(index, (float[]) target, to, count);
          case DOUBLE -> ((DoubleBuffer) part).get(index, (double[]) target, to, count);
          case SHORT, BYTE -> throw new IllegalStateException("no array is of " + type);
          case INT -> ((IntBuffer) part).get(index, (int[]) target, to, count);
        };
  }

  @Override
  void store(Object source, int from, long at, int count) {
    Buffer part = part(at);
    Buffer unused =
        switch (type.carrier()) {
          case FLOAT -> ((FloatBuffer) part).put(index(at), (float[]) source, from, count);
          case DOUBLE -> ((DoubleBuffer) part).put(index(at), (double[]) source, from, count);
          case INT -> ((IntBuffer) part).put(index(at), (int[]) source, from, count);
          case SHORT, BYTE -> throw new IllegalStateException("no array is of " + type);
        };
  }

  @Override
  void loadBits(long at, int[] bits, int count) {
    ShortBuffer part = (ShortBuffer) part(at);
    int index = index(at);
    for (int i = 0; i < count; i++) {
      bits[i] = part.get(index + i) << Short.SIZE;
    }
  }

  @Override
  void storeBits(int[] bits, long at, int count) {
    ShortBuffer part = (ShortBuffer) part(at);
    int index = index(at);
    for (int i = 0; i < count; i++) {
      part.put(index + i, (short) bits[i]);
    }
  }

  /** Copies from memory of this type, of 16 bits. */
  void takeFrom(HalfMemory source, long from, long at, int count) {
    source.receive(from, part(at), index(at), count);
  }

  @Override
  void send(Buffer source, int from, long at, int count) {
    put(source, from, part(at), index(at), count);
  }

  @Override
  void receive(long at, Buffer target, int to, int count) {
    put(part(at), index(at), target, to, count);
  }

  private void put(Buffer source, int from, Buffer target, int to, int count) {
    Buffer unused =
        switch (type.carrier()) {
          case FLOAT -> ((FloatBuffer) target).put(to, (FloatBuffer) source, from, count);
          case DOUBLE -> ((DoubleBuffer) target).put(to, (DoubleBuffer) source, from, count);
          case SHORT -> ((ShortBuffer) target).put(to, (ShortBuffer) source, from, count);
          case INT -> ((IntBuffer) target).put(to, (IntBuffer) source, from, count);
          case BYTE -> throw inBlocks();
        };
  }

  @Override
  void copy(long at, CpuMemory target, long to, int count) {
    target.send(part(at), index(at), to, count);
  }

  @Override
  void clear(long at, int count) {
    Buffer part = part(at);
    for (int i = index(at); i < index(at) + count; i++) {
      Buffer unused =
          switch (type.carrier()) {
            case FLOAT -> ((FloatBuffer) part).put(i, 0);
            case DOUBLE -> ((DoubleBuffer) part).put(i, 0);
            case SHORT -> ((ShortBuffer) part).put(i, (short) 0);
            case INT -> ((IntBuffer) part).put(i, 0);
            case BYTE -> throw inBlocks();
          };
    }
  }
}
