package dev.rootmean.contract;

import dev.rootmean.DataType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
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
    } else {
      ((ShortBuffer) target).put(from.asShortBuffer());
    }
  }
}
