package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * The one implementation of {@link DeviceBuffer}: a range of a backend's memory. All checks are
 * here and in {@link AbstractBackend}; the memory itself is the backend's.
 *
 * @param <M> the backend's handle of an allocation
 */
public final class BackendBuffer<M> implements DeviceBuffer {
  private final AbstractBackend<M> backend;
  private final BackendBuffer<M> root;
  private final DataType dataType;
  private final long offset;
  private final long length;

  /** Null once released; only the root's is used. */
  private M memory;

  private boolean closed;

  /** An allocation. */
  BackendBuffer(AbstractBackend<M> backend, DataType dataType, long length, M memory) {
    this.backend = backend;
    this.root = this;
    this.dataType = dataType;
    this.offset = 0;
    this.length = length;
    this.memory = memory;
  }

  /** A slice; the offset counts from the start of the allocation. */
  private BackendBuffer(BackendBuffer<M> root, long offset, long length) {
    this.backend = root.backend;
    this.root = root;
    this.dataType = root.dataType;
    this.offset = offset;
    this.length = length;
  }

  /**
   * The allocation that this buffer is, or is a part of. For the backend's hooks, which run while
   * it is open.
   *
   * @return the backend's handle
   */
  public M memory() {
    return root.memory;
  }

  /**
   * Where this buffer begins within its allocation.
   *
   * @return the offset in elements, 0 unless this is a slice
   */
  public long offset() {
    return offset;
  }

  AbstractBackend<M> backend() {
    return backend;
  }

  boolean isClosed() {
    return closed || root.closed;
  }

  boolean overlaps(BackendBuffer<M> other) {
    return root == other.root
        && offset < other.offset + other.length
        && other.offset < offset + length;
  }

  /** Marks this buffer closed and takes its memory from it; null if there is none to free. */
  M release() {
    M released = memory;
    memory = null;
    closed = true;
    return released;
  }

  @Override
  public DataType dataType() {
    return dataType;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public DeviceBuffer slice(long offset, long length) {
    backend.requireOpen(this);
    if (length < 1) {
      throw new IndexOutOfBoundsException("slice of length " + length + ": expected at least 1");
    }
    Objects.checkFromIndexSize(offset, length, this.length);
    return new BackendBuffer<>(root, this.offset + offset, length);
  }

  @Override
  public void write(float[] source) {
    Objects.requireNonNull(source, "source");
    requireSameLength(source.length);
    write(0, source, 0, source.length);
  }

  @Override
  public void write(double[] source) {
    Objects.requireNonNull(source, "source");
    requireSameLength(source.length);
    write(0, source, 0, source.length);
  }

  @Override
  public void write(long offset, float[] source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, range(source, sourceOffset, count));
  }

  @Override
  public void write(long offset, double[] source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, range(source, sourceOffset, count));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, elements(source));
    source.position(source.limit());
  }

  @Override
  public void copyFrom(DeviceBuffer source) {
    backend.copy(source, this);
  }

  @Override
  public void add(DeviceBuffer addend) {
    backend.add(addend, this);
  }

  @Override
  public void zero() {
    backend.zero(this);
  }

  @Override
  public void read(float[] target) {
    Objects.requireNonNull(target, "target");
    requireSameLength(target.length);
    read(0, target, 0, target.length);
  }

  @Override
  public void read(double[] target) {
    Objects.requireNonNull(target, "target");
    requireSameLength(target.length);
    read(0, target, 0, target.length);
  }

  @Override
  public void read(long offset, float[] target, int targetOffset, int count) {
    Objects.requireNonNull(target, "target");
    backend.read(this, offset, range(target, targetOffset, count));
  }

  @Override
  public void read(long offset, double[] target, int targetOffset, int count) {
    Objects.requireNonNull(target, "target");
    backend.read(this, offset, range(target, targetOffset, count));
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    Objects.requireNonNull(target, "target");
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("target is read-only: expected a buffer to write to");
    }
    backend.read(this, offset, elements(target));
    target.position(target.limit());
  }

  private Buffer range(float[] array, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, array.length);
    requireType(DataType.FLOAT32);
    return FloatBuffer.wrap(array, offset, count);
  }

  private Buffer range(double[] array, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, array.length);
    requireType(DataType.FLOAT64);
    return DoubleBuffer.wrap(array, offset, count);
  }

  /** The elements between position and limit. */
  private Buffer elements(ByteBuffer bytes) {
    if (bytes.remaining() % dataType.bytes() != 0) {
      throw new IllegalArgumentException(
          bytes.remaining()
              + " bytes: expected a multiple of "
              + dataType.bytes()
              + " for "
              + dataType);
    }
    ByteBuffer part = bytes.slice().order(bytes.order());
    return switch (dataType) {
      case FLOAT32 -> part.asFloatBuffer();
      case FLOAT64 -> part.asDoubleBuffer();
    };
  }

  private void requireType(DataType given) {
    if (given != dataType) {
      throw new IllegalArgumentException(
          "array of " + given + ": expected the buffer's type, " + dataType);
    }
  }

  private void requireSameLength(int given) {
    if (given != length) {
      throw new IllegalArgumentException(
          "array of length " + given + ": expected the buffer's length " + length);
    }
  }

  @Override
  public void close() {
    backend.close(this);
  }

  @Override
  public String toString() {
    return dataType + "[" + length + "] on " + backend.info().name();
  }
}
