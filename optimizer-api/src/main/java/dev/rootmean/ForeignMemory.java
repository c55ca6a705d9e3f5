package dev.rootmean;

import java.nio.Buffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Memory that another library owns, such as a tensor's: what {@link OptimizerBackend#wrap} makes a
 * buffer of without a copy. Its elements lie one behind another, in the machine's byte order. It
 * must stay where it is until the buffer is closed: as long as it is open, the owner is kept
 * reachable, but nothing keeps the owner from being closed by hand. An owner that refers to the
 * buffer, or to its backend, keeps both from being freed when they are dropped.
 *
 * @since 0.1.0
 */
public final class ForeignMemory {
  /** Whose memory it is. */
  public enum Kind {
    /** The host's, which the CPU backend steps in. */
    HOST,
    /** A CUDA device's. */
    CUDA,
    /** An OpenCL context's. */
    OPENCL
  }

  /** Elements of a part: a Java buffer holds fewer than 2^31 bytes. */
  public static final int PART = 1 << 27;

  private final Kind kind;
  private final int device;
  private final long address;
  private final Object handle;
  private final DataType type;
  private final long length;
  private final Object owner;

  private ForeignMemory(
      Kind kind,
      int device,
      long address,
      Object handle,
      DataType type,
      long length,
      Object owner) {
    this.kind = kind;
    this.device = device;
    this.address = address;
    this.handle = handle;
    this.type = Objects.requireNonNull(type, "type");
    this.length = length;
    this.owner = Objects.requireNonNull(owner, "owner");
    if (length < 1) {
      throw new IllegalArgumentException("length " + length + ": expected at least 1");
    }
    long most = (Long.MAX_VALUE - address) / type.bytes();
    if (address < 0 || address % type.bytes() != 0 || length > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d elements of %s at address 0x%x: expected a multiple of %d, and all below 2^63",
              length,
              type,
              address,
              type.bytes()));
    }
  }

  /**
   * The floats between a buffer's position and its limit.
   *
   * @param memory a direct buffer in native byte order that can be written; also the owner
   * @return their memory
   * @throws IllegalArgumentException if the buffer is none of these, or is empty
   */
  public static ForeignMemory of(FloatBuffer memory) {
    return of(memory, memory.order(), memory.slice(), DataType.FLOAT32);
  }

  /**
   * The doubles between a buffer's position and its limit.
   *
   * @param memory a direct buffer in native byte order that can be written; also the owner
   * @return their memory
   * @throws IllegalArgumentException if the buffer is none of these, or is empty
   */
  public static ForeignMemory of(DoubleBuffer memory) {
    return of(memory, memory.order(), memory.slice(), DataType.FLOAT64);
  }

  private static ForeignMemory of(Buffer memory, ByteOrder order, Buffer rest, DataType type) {
    String wrong = null;
    if (!memory.isDirect()) {
      wrong = "on the Java heap";
    } else if (memory.isReadOnly()) {
      wrong = "that is read-only";
    } else if (order != ByteOrder.nativeOrder()) {
      wrong = "in " + order;
    } else if (!HostAddress.isShared(rest)) {
      wrong = "of an arena that is confined to a thread";
    }
    if (wrong != null) {
      throw new IllegalArgumentException(
          "a buffer "
              + wrong
              + ": expected a direct one that every thread can write, in native byte order, such as"
              + " ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())");
    }
    return new ForeignMemory(
        Kind.HOST, 0, HostAddress.of(rest), rest, type, rest.remaining(), memory);
  }

  /**
   * Memory of the host, of any length.
   *
   * @param address of its first byte, a multiple of the element's size
   * @param type of the elements
   * @param length how many, at least 1
   * @param owner kept reachable while the memory is wrapped
   * @return the memory
   * @throws IllegalArgumentException if the address is 0 or odd, or the length cannot be
   */
  public static ForeignMemory host(long address, DataType type, long length, Object owner) {
    return new ForeignMemory(Kind.HOST, 0, notNull(address), null, type, length, owner);
  }

  /**
   * Memory of a CUDA device, in its primary context, as the CUDA runtime and all frameworks have
   * it.
   *
   * @param device the device's ordinal
   * @param address of its first byte, a multiple of the element's size
   * @param type of the elements
   * @param length how many, at least 1
   * @param owner kept reachable while the memory is wrapped
   * @return the memory
   * @throws IllegalArgumentException if the address is 0 or odd, or the length cannot be
   */
  public static ForeignMemory cuda(
      int device, long address, DataType type, long length, Object owner) {
    return new ForeignMemory(Kind.CUDA, device, notNull(address), null, type, length, owner);
  }

  /**
   * A range of an OpenCL memory object.
   *
   * @param memory an {@code org.jocl.cl_mem} of the context that the backend runs in
   * @param first the first element in it
   * @param type of the elements
   * @param length how many, at least 1
   * @param owner kept reachable while the memory is wrapped
   * @return the memory
   * @throws IllegalArgumentException if the first element or the length cannot be
   */
  public static ForeignMemory openCl(
      Object memory, long first, DataType type, long length, Object owner) {
    Objects.requireNonNull(memory, "memory");
    long most = Long.MAX_VALUE / type.bytes();
    if (first < 0 || first > most) {
      throw new IllegalArgumentException("first element " + first + ": expected 0 to " + most);
    }
    return new ForeignMemory(Kind.OPENCL, 0, first * type.bytes(), memory, type, length, owner);
  }

  private static long notNull(long address) {
    if (address == 0) {
      throw new IllegalArgumentException("address 0: expected that of some memory");
    }
    return address;
  }

  /** {@return whose memory it is} */
  public Kind kind() {
    return kind;
  }

  /** {@return the ordinal of the device, 0 unless it is CUDA's} */
  public int device() {
    return device;
  }

  /** {@return the address of the first byte; in an OpenCL memory object, how many are before it} */
  public long address() {
    return address;
  }

  /**
   * {@return the first element in an OpenCL memory object; 0 for other memory, which is its own}
   */
  public long first() {
    return kind == Kind.OPENCL ? address / type.bytes() : 0;
  }

  /** {@return the OpenCL memory object, or the buffer that was given; null for an address} */
  public Object handle() {
    return handle;
  }

  /**
   * Host memory as direct buffers of its elements, each but the last of {@link #PART} elements.
   * They do not keep the owner reachable.
   *
   * @return {@link FloatBuffer}s or what else the type's elements are
   */
  public List<Buffer> parts() {
    List<Buffer> parts = new ArrayList<>();
    for (long i = 0; i < length; i += PART) {
      int count = (int) Math.min(PART, length - i);
      parts.add(
          handle instanceof Buffer buffer
              ? buffer.slice((int) i, count)
              : type.elements(HostAddress.bytes(address + i * type.bytes(), count * type.bytes())));
    }
    return parts;
  }

  /** {@return the type of the elements} */
  public DataType dataType() {
    return type;
  }

  /** {@return the number of elements, at least 1} */
  public long length() {
    return length;
  }

  /** {@return what is kept reachable} */
  public Object owner() {
    return owner;
  }

  /**
   * Whether some bytes of two are the same ones.
   *
   * @param first of these elements to look at
   * @param count how many from there on
   * @param other of any kind
   * @param otherFirst of the other's elements
   * @param otherCount how many from there on
   * @return whether the ranges overlap
   */
  public boolean overlaps(
      long first, long count, ForeignMemory other, long otherFirst, long otherCount) {
    return kind == other.kind
        && device == other.device
        && (kind != Kind.OPENCL || handle.equals(other.handle))
        && at(first) < other.at(otherFirst + otherCount)
        && other.at(otherFirst) < at(first + count);
  }

  private long at(long element) {
    return address + element * type.bytes();
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s[%d] at 0x%x of %s", type, length, address, kind);
  }
}
