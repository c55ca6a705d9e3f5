package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DataType.Carrier;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.HostBuffer;
import dev.rootmean.RmsProp;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The one implementation of {@link DeviceBuffer}: a range of a backend's memory. All checks are
 * here and in {@link DeviceBackend}; the memory itself is the device's.
 *
 * @param <M> the device's handle of an allocation
 */
final class BackendBuffer<M> implements DeviceBuffer {
  private final DeviceBackend<M> backend;

  /** The buffer that was allocated, which frees its memory once nothing refers to it any more. */
  private final BackendBuffer<M> root;

  private final MemoryRange<M> range;

  /** Of what this was launched with last, a rule or a policy: a step is to make none anew. */
  private Numbers numbers;

  private Object source;

  /** Of the last launch into this, or by it if it is a decision; null before the first. */
  private Rows<M> rows;

  /** Null until it is asked for. */
  private MemoryRange<M> bases;

  /** Of an allocation, what of it random bits have rounded; null if none have. */
  private RoundedRanges rounded;

  private Cleaner.Cleanable memory;
  private boolean closed;

  /** An allocation. */
  BackendBuffer(DeviceBackend<M> backend, MemoryRange<M> range) {
    this.backend = backend;
    this.root = this;
    this.range = range;
  }

  /** A slice. */
  private BackendBuffer(BackendBuffer<M> root, MemoryRange<M> range) {
    this.backend = root.backend;
    this.root = root;
    this.range = range;
  }

  void freeWhenDropped(OwnedDevice<M> device) {
    memory = device.watch(this, range.allocation());
  }

  DeviceBackend<M> backend() {
    return backend;
  }

  MemoryRange<M> range() {
    return range;
  }

  boolean isClosed() {
    return closed || range.memory() == null;
  }

  /** The numbers of a rule that a square average is stepped by. */
  @SuppressWarnings("ReferenceEquality") // an equal rule that is another merely costs a little more
  Numbers numbers(RmsProp rule) {
    if (source != rule) {
      rule.requireFor(dataType());
      numbers = Coefficients.of(rule, dataType().compute());
      source = rule;
    }
    return numbers;
  }

  /** The numbers of a policy that decides. */
  @SuppressWarnings("ReferenceEquality")
  Numbers numbers(GradientPolicy policy) {
    if (source != policy) {
      numbers = Kernels.numbers(policy, dataType().compute());
      source = policy;
    }
    return numbers;
  }

  /** Refuses a step by random bits that have rounded some of the elements already. */
  void requireNotRounded(long attempt) {
    if (root.rounded != null && root.rounded.contains(attempt, range.offset(), length())) {
      long first = range.offset() - root.range.offset();
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "state.squareAverage, elements %d to %d of its buffer: some were stepped in attempt %d"
                  + " already; expected state.attempt(number) with another one before each step",
              first,
              first + length() - 1,
              attempt));
    }
  }

  /** Something else is in it now, which no attempt has rounded. */
  void written() {
    if (root.rounded != null) {
      root.rounded.clear();
    }
  }

  /** As {@link #requireNotRounded} wants to know it. */
  void rounded(long attempt) {
    root.rounded.add(attempt, range.offset(), length());
  }

  /** Before a launch that is to round: after it, nothing may fail. */
  void ensureRounds() {
    if (root.rounded == null) {
      root.rounded = new RoundedRanges();
    }
  }

  /** Where the bases of its blocks are. */
  MemoryRange<M> basesRange() {
    if (bases == null) {
      bases = range.bases();
    }
    return bases;
  }

  /** To be filled for a launch into this: the next one is likely the same. */
  Rows<M> rows() {
    if (rows == null) {
      rows = new Rows<>();
    }
    return rows;
  }

  @Override
  public DataType dataType() {
    return range.dataType();
  }

  @Override
  public long length() {
    return range.length();
  }

  @Override
  public DeviceBuffer slice(long offset, long length) {
    backend.requireUsable(this);
    if (length < 1) {
      throw new IndexOutOfBoundsException("slice of length " + length + ": expected at least 1");
    }
    Objects.checkFromIndexSize(offset, length, range.length());
    requireWholeBlocks("slice", offset, length);
    return new BackendBuffer<>(root, range.part(offset, length));
  }

  /** Neighbours in a block have one base: to change some of them alone would change the others. */
  void requireWholeBlocks(String what, long offset, long count) {
    long end = offset + count;
    boolean isAtEnd = end % Block8.SIZE == 0 || end == length();
    boolean isWhole = count == 0 || (offset % Block8.SIZE == 0 && isAtEnd);
    if (dataType().isInBlocks() && !isWhole) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s of elements %d to %d of %s: expected it to begin at a multiple of %d, and to end"
                  + " at one or with the buffer",
              what,
              offset,
              end - 1,
              this,
              Block8.SIZE));
    }
  }

  @Override
  public Optional<DeviceBuffer> bases() {
    return dataType().isInBlocks()
        ? Optional.of(new BackendBuffer<>(root, basesRange()))
        : Optional.empty();
  }

  @Override
  public boolean overlaps(DeviceBuffer other) {
    return Objects.requireNonNull(other, "other") instanceof BackendBuffer<?> found
        && !isClosed()
        && !found.isClosed()
        && range.overlaps(found.range);
  }

  @Override
  public void write(long offset, FloatBuffer source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, range(source, DataType.FLOAT32, sourceOffset, count));
  }

  @Override
  public void write(long offset, DoubleBuffer source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, range(source, DataType.FLOAT64, sourceOffset, count));
  }

  @Override
  public void write(long offset, ShortBuffer source, int sourceOffset, int count) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, bits(source, sourceOffset, count));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    Objects.requireNonNull(source, "source");
    backend.write(this, offset, elements(source));
    source.position(source.limit());
  }

  @Override
  public void write(HostBuffer source) {
    BackendHostBuffer.write(source, this);
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
  public void read(long offset, FloatBuffer target, int targetOffset, int count) {
    requireWritable(target);
    backend.read(this, offset, range(target, DataType.FLOAT32, targetOffset, count));
  }

  @Override
  public void read(long offset, DoubleBuffer target, int targetOffset, int count) {
    requireWritable(target);
    backend.read(this, offset, range(target, DataType.FLOAT64, targetOffset, count));
  }

  @Override
  public void read(long offset, ShortBuffer target, int targetOffset, int count) {
    requireWritable(target);
    backend.read(this, offset, bits(target, targetOffset, count));
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    requireWritable(target);
    backend.read(this, offset, elements(target));
    target.position(target.limit());
  }

  @Override
  public void read(HostBuffer target) {
    BackendHostBuffer.read(this, target);
  }

  private Buffer range(Buffer elements, DataType given, int offset, int count) {
    if (given != dataType().compute()) {
      throw new IllegalArgumentException(
          "elements of " + given + ": expected those of " + dataType().compute() + " for " + this);
    }
    return range(elements, offset, count);
  }

  private Buffer bits(ShortBuffer elements, int offset, int count) {
    if (dataType().carrier() != Carrier.SHORT) {
      throw new IllegalArgumentException(
          "elements of 16 bits: expected those of " + dataType() + " for " + this);
    }
    return range(elements, offset, count);
  }

  private static Buffer range(Buffer elements, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, elements.limit());
    return elements.duplicate().limit(offset + count).position(offset);
  }

  /** The elements between position and limit. */
  private Buffer elements(ByteBuffer bytes) {
    DataType type = dataType();
    if (bytes.remaining() % type.bytes() != 0) {
      throw new IllegalArgumentException(
          bytes.remaining() + " bytes: expected a multiple of " + type.bytes() + " for " + type);
    }
    return type.elements(bytes.slice().order(bytes.order()));
  }

  private static void requireWritable(Buffer target) {
    Objects.requireNonNull(target, "target");
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("target is read-only: expected a buffer to write to");
    }
  }

  @Override
  public void close() {
    closed = true;
    if (root == this) {
      backend.close(this);
      memory.clean();
    }
  }

  @Override
  public String toString() {
    return dataType() + "[" + length() + "] on " + backend.info().name();
  }
}
