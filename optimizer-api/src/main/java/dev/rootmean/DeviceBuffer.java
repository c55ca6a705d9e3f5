package dev.rootmean;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Objects;
import java.util.Optional;

/**
 * A row of elements in a backend's memory, or a view of a part of one.
 *
 * <p>Elements of 16 bits come and go as floats, which are rounded to nearest, ties to even, and
 * widened (what of a float {@link DataType#INT16} cannot hold is in {@link DataType#round}); or as
 * shorts, bit for bit. As bytes, and by a {@link HostBuffer} of their type, elements of every type
 * come and go bit for bit.
 *
 * <p>Numbers in blocks ({@link DataType#BLOCK8}, {@link DataType#SIGNED_BLOCK8}) come and go as
 * floats, rounded to nearest: read from anywhere, written in whole blocks alone, as each block gets
 * a base that suits its largest number (a write that fails in its middle leaves blocks undefined).
 * Bit for bit, bytes are the elements' codes, and {@link #bases} is a buffer of its own.
 *
 * <p>Offsets and lengths count elements. A transfer between host and device comes after all steps
 * before it. When {@code read} returns, the host has the elements; when {@code write} returns, what
 * it took may change, and is perhaps still on its way to the device: an error of the device comes
 * with a later call then, as that of a step. Those of a {@link HostBuffer} alone return before: it
 * is the device's until its {@code bytes()}. Every argument is checked before anything is changed:
 * a wrong range is an {@link IndexOutOfBoundsException}, a closed buffer or backend an {@link
 * IllegalStateException}.
 *
 * @since 0.1.0
 */
public interface DeviceBuffer extends AutoCloseable {
  /**
   * The type of the elements.
   *
   * @return the type
   */
  DataType dataType();

  /**
   * The number of elements.
   *
   * @return the length, at least 1
   */
  long length();

  /**
   * A view of a part of this buffer: what is written to one is read from the other. A slice owns no
   * memory: closing it closes the view alone, closing the allocated buffer closes all its slices.
   *
   * @param offset where the slice begins, in elements
   * @param length its length in elements, at least 1
   * @return the view
   * @throws IndexOutOfBoundsException if the range is not within this buffer
   * @throws IllegalArgumentException if elements are in blocks, and the range does not begin at a
   *     multiple of 1,024, or ends neither at one nor with this buffer
   */
  DeviceBuffer slice(long offset, long length);

  /**
   * A view of the bases of this buffer's blocks, in the order of these. They change with each step,
   * and with each write of floats.
   *
   * @return one {@link DataType#INT32} for each 1,024 elements; empty if elements are not in blocks
   */
  Optional<DeviceBuffer> bases();

  /**
   * Whether some bytes are in both buffers. Memory of other libraries is compared by its address.
   *
   * @param other of any backend
   * @return whether what is written to one can be seen in the other; not if one is closed
   */
  boolean overlaps(DeviceBuffer other);

  /**
   * Overwrites a whole buffer computed in {@link DataType#FLOAT32}.
   *
   * @param source as many elements as this buffer has
   * @throws IllegalArgumentException if the source has another length, or this buffer another type
   */
  default void write(float[] source) {
    Objects.requireNonNull(source, "source");
    if (source.length != length()) {
      throw new IllegalArgumentException(
          "array of length " + source.length + ": expected the buffer's length " + length());
    }
    write(0, source, 0, source.length);
  }

  /**
   * Overwrites a whole buffer of {@link DataType#FLOAT64}.
   *
   * @param source as many elements as this buffer has
   * @throws IllegalArgumentException if the source has another length, or this buffer another type
   */
  default void write(double[] source) {
    Objects.requireNonNull(source, "source");
    if (source.length != length()) {
      throw new IllegalArgumentException(
          "array of length " + source.length + ": expected the buffer's length " + length());
    }
    write(0, source, 0, source.length);
  }

  /**
   * Overwrites a range of a buffer computed in {@link DataType#FLOAT32}.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source where to copy from
   * @param sourceOffset the first element of the source to copy
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the source
   * @throws IllegalArgumentException if this buffer has another type
   */
  default void write(long offset, float[] source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    write(offset, FloatBuffer.wrap(source), sourceOffset, count);
  }

  /**
   * Overwrites a range of a buffer of {@link DataType#FLOAT64}.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source where to copy from
   * @param sourceOffset the first element of the source to copy
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the source
   * @throws IllegalArgumentException if this buffer has another type
   */
  default void write(long offset, double[] source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    write(offset, DoubleBuffer.wrap(source), sourceOffset, count);
  }

  /**
   * Overwrites a range of a buffer computed in {@link DataType#FLOAT32}. Indices of the source are
   * absolute: its position is neither used nor moved.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source where to copy from, direct or not, in any byte order
   * @param sourceOffset the index of the first element of the source to copy
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the source's limit
   * @throws IllegalArgumentException if this buffer has another type; or has blocks, of which the
   *     range has one in part, as {@link #slice} refuses it too
   */
  void write(long offset, FloatBuffer source, int sourceOffset, int count);

  /**
   * Overwrites a range of a buffer of a 16-bit type, bit for bit. Indices of the source are
   * absolute: its position is neither used nor moved.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source where to copy from, direct or not, in any byte order
   * @param sourceOffset the index of the first element of the source to copy
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the source's limit
   * @throws IllegalArgumentException if this buffer has another type
   */
  void write(long offset, ShortBuffer source, int sourceOffset, int count);

  /**
   * Overwrites a range of a buffer of {@link DataType#FLOAT64}. Indices of the source are absolute:
   * its position is neither used nor moved.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source where to copy from, direct or not, in any byte order
   * @param sourceOffset the index of the first element of the source to copy
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the source's limit
   * @throws IllegalArgumentException if this buffer has another type
   */
  void write(long offset, DoubleBuffer source, int sourceOffset, int count);

  /**
   * Overwrites a range from bytes. Takes what lies between the source's position and its limit, in
   * the source's own byte order, and moves the position to the limit. A new {@link ByteBuffer} is
   * big-endian, and so is a duplicate of any.
   *
   * @param offset the first element of this buffer to overwrite
   * @param source whole elements, in a direct or a heap buffer
   * @throws IndexOutOfBoundsException if the source has more elements than fit
   * @throws IllegalArgumentException if the source ends within an element
   */
  void write(long offset, ByteBuffer source);

  /**
   * Overwrites the whole buffer from the host's memory, in its place in the queue: this may return
   * before the memory has been read, which must not change until {@link HostBuffer#bytes()}.
   *
   * @param source has this buffer's length and type, as a {@link #slice} of a longer one does;
   *     another backend's is copied before this returns
   * @throws IllegalArgumentException if it differs in length or type
   * @throws IllegalStateException if it is closed
   */
  void write(HostBuffer source);

  /**
   * Overwrites the whole buffer from another one of the same backend, on the device: the copy takes
   * its place in the queue, as a step does, and the host does not wait for it.
   *
   * @param source has this buffer's length and type, and does not overlap it; a {@link #slice} will
   *     do
   * @throws IllegalArgumentException if it differs in length or type, overlaps, or belongs to
   *     another backend
   */
  void copyFrom(DeviceBuffer source);

  /**
   * Adds another buffer of the same backend to this one, element by element, on the device, in its
   * place in the queue: {@code this[i] = this[i] + addend[i]}.
   *
   * @param addend has this buffer's length and its type, or one that is computed in it, and does
   *     not overlap it
   * @throws IllegalArgumentException if its length or type is another, or it overlaps this buffer
   *     or belongs to another backend
   */
  void add(DeviceBuffer addend);

  /** Fills the buffer with zeros, on the device, in its place in the queue. */
  void zero();

  /**
   * Copies a whole buffer computed in {@link DataType#FLOAT32}.
   *
   * @param target takes as many elements as this buffer has
   * @throws IllegalArgumentException if the target has another length, or this buffer another type
   */
  default void read(float[] target) {
    Objects.requireNonNull(target, "target");
    if (target.length != length()) {
      throw new IllegalArgumentException(
          "array of length " + target.length + ": expected the buffer's length " + length());
    }
    read(0, target, 0, target.length);
  }

  /**
   * Copies a whole buffer of {@link DataType#FLOAT64}.
   *
   * @param target takes as many elements as this buffer has
   * @throws IllegalArgumentException if the target has another length, or this buffer another type
   */
  default void read(double[] target) {
    Objects.requireNonNull(target, "target");
    if (target.length != length()) {
      throw new IllegalArgumentException(
          "array of length " + target.length + ": expected the buffer's length " + length());
    }
    read(0, target, 0, target.length);
  }

  /**
   * Copies a range of a buffer computed in {@link DataType#FLOAT32}.
   *
   * @param offset the first element of this buffer to copy
   * @param target where to copy to
   * @param targetOffset the first element of the target to overwrite
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the target
   * @throws IllegalArgumentException if this buffer has another type
   */
  default void read(long offset, float[] target, int targetOffset, int count) {
    Objects.requireNonNull(target, "target");
    read(offset, FloatBuffer.wrap(target), targetOffset, count);
  }

  /**
   * Copies a range of a buffer of {@link DataType#FLOAT64}.
   *
   * @param offset the first element of this buffer to copy
   * @param target where to copy to
   * @param targetOffset the first element of the target to overwrite
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the target
   * @throws IllegalArgumentException if this buffer has another type
   */
  default void read(long offset, double[] target, int targetOffset, int count) {
    Objects.requireNonNull(target, "target");
    read(offset, DoubleBuffer.wrap(target), targetOffset, count);
  }

  /**
   * Copies a range of a buffer computed in {@link DataType#FLOAT32}. Indices of the target are
   * absolute: its position is neither used nor moved.
   *
   * @param offset the first element of this buffer to copy
   * @param target where to copy to, direct or not, in any byte order
   * @param targetOffset the index of the first element of the target to overwrite
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the target's limit
   * @throws IllegalArgumentException if this buffer has another type, or the target is read-only
   */
  void read(long offset, FloatBuffer target, int targetOffset, int count);

  /**
   * Copies a range of a buffer of a 16-bit type, bit for bit. Indices of the target are absolute:
   * its position is neither used nor moved.
   *
   * @param offset the first element of this buffer to copy
   * @param target where to copy to, direct or not, in any byte order
   * @param targetOffset the index of the first element of the target to overwrite
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the target's limit
   * @throws IllegalArgumentException if this buffer has another type, or the target is read-only
   */
  void read(long offset, ShortBuffer target, int targetOffset, int count);

  /**
   * Copies a range of a buffer of {@link DataType#FLOAT64}. Indices of the target are absolute: its
   * position is neither used nor moved.
   *
   * @param offset the first element of this buffer to copy
   * @param target where to copy to, direct or not, in any byte order
   * @param targetOffset the index of the first element of the target to overwrite
   * @param count how many elements to copy
   * @throws IndexOutOfBoundsException if the range is not within the buffer and the target's limit
   * @throws IllegalArgumentException if this buffer has another type, or the target is read-only
   */
  void read(long offset, DoubleBuffer target, int targetOffset, int count);

  /**
   * Copies a range to bytes. Fills what lies between the target's position and its limit, in the
   * target's own byte order, and moves the position to the limit.
   *
   * @param offset the first element of this buffer to copy
   * @param target room for whole elements, in a direct or a heap buffer
   * @throws IndexOutOfBoundsException if the target wants more elements than there are
   * @throws IllegalArgumentException if the target ends within an element, or is read-only
   */
  void read(long offset, ByteBuffer target);

  /**
   * Copies the whole buffer to the host's memory, in its place in the queue: this may return before
   * the elements are there, which {@link HostBuffer#bytes()} waits for.
   *
   * @param target as the source of {@link #write(HostBuffer)}
   * @throws IllegalArgumentException if it differs in length or type
   * @throws IllegalStateException if it is closed
   */
  void read(HostBuffer target);

  /**
   * Frees the memory, after the steps that use it; closes the view if this is a slice. A second
   * call does nothing.
   */
  @Override
  void close();
}
