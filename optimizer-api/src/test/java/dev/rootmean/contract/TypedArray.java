package dev.rootmean.contract;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/** Elements of any type on the heap, to be calculated with as doubles. */
public final class TypedArray {
  private final DataType type;
  private final int length;
  private final ByteBuffer bytes;

  TypedArray(DataType type, int length) {
    this.type = type;
    this.length = length;
    this.bytes = ByteBuffer.allocate(length * type.bytes());
  }

  /**
   * The type of the elements.
   *
   * @return the type
   */
  public DataType type() {
    return type;
  }

  /**
   * The number of elements.
   *
   * @return the length
   */
  public int length() {
    return length;
  }

  /**
   * Reads an element.
   *
   * @param i its index
   * @return its value
   */
  public double get(int i) {
    return type.get(bytes, i * type.bytes());
  }

  /**
   * Overwrites an element.
   *
   * @param i its index
   * @param x its value, which is rounded to the type
   */
  public void set(int i, double x) {
    type.put(bytes, i * type.bytes(), x);
  }

  /**
   * Reads an element whose bits are no number alone.
   *
   * @param i its index
   * @return 0 to 255
   */
  public int code(int i) {
    return bytes.get(i) & 0xFF;
  }

  /**
   * Overwrites an element whose bits are no number alone.
   *
   * @param i its index
   * @param code the lower 8 bits count
   */
  public void code(int i, int code) {
    bytes.put(i, (byte) code);
  }

  /**
   * Fills elements with zeros.
   *
   * @param at the index of the first
   * @param count how many
   */
  public void clear(int at, int count) {
    for (int i = at * type.bytes(); i < (at + count) * type.bytes(); i++) {
      bytes.put(i, (byte) 0);
    }
  }

  /**
   * Copies all elements.
   *
   * @return a new array
   */
  public TypedArray copy() {
    TypedArray copy = new TypedArray(type, length);
    copy.copyFrom(this, 0, 0, length);
    return copy;
  }

  /**
   * Copies elements of another array, or of this one.
   *
   * @param source of the same type
   * @param from the index of the first one there
   * @param to its index here
   * @param count how many
   */
  public void copyFrom(TypedArray source, int from, int to, int count) {
    int size = type.bytes();
    bytes.put(to * size, source.bytes, from * size, count * size);
  }

  void write(int at, Buffer source) {
    ByteBuffer from = bytes.duplicate().position(at * type.bytes());
    if (source instanceof FloatBuffer floats) {
      from.asFloatBuffer().put(floats);
    } else if (source instanceof DoubleBuffer doubles) {
      from.asDoubleBuffer().put(doubles);
    } else if (source instanceof ByteBuffer codes) {
      from.put(codes);
    } else if (source instanceof IntBuffer whole) {
      from.asIntBuffer().put(whole);
    } else {
      from.asShortBuffer().put((ShortBuffer) source);
    }
  }

  void read(int at, Buffer target) {
    ByteBuffer from = bytes.duplicate().position(at * type.bytes());
    from.limit(from.position() + target.remaining() * type.bytes());
    if (target instanceof FloatBuffer floats) {
      floats.put(from.asFloatBuffer());
    } else if (target instanceof DoubleBuffer doubles) {
      doubles.put(from.asDoubleBuffer());
    } else if (target instanceof ByteBuffer codes) {
      codes.put(from);
    } else if (target instanceof IntBuffer whole) {
      whole.put(from.asIntBuffer());
    } else {
      ((ShortBuffer) target).put(from.asShortBuffer());
    }
  }
}
