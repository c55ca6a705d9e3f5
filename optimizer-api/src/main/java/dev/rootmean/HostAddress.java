package dev.rootmean;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Addresses of the host's memory, which Java 17 has no way of its own for: {@code MemorySegment}
 * knows them from JDK 22 on, {@code sun.misc.Unsafe} before. By reflection, as neither is there on
 * every JDK that this runs on; the methods are found once, which takes longer than to call them.
 */
final class HostAddress {
  /** Null until it is asked for. */
  private static volatile Way way;

  private HostAddress() {}

  private interface Way {
    long of(Buffer direct) throws ReflectiveOperationException;

    ByteBuffer bytes(long address, int length) throws ReflectiveOperationException;

    boolean isShared(Buffer direct) throws ReflectiveOperationException;
  }

  /** The address of a direct buffer's first byte, whatever its position. */
  static long of(Buffer direct) {
    try {
      return way().of(direct);
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  /** The bytes at an address, in native order. Whose they are is for the caller to keep. */
  static ByteBuffer bytes(long address, int length) {
    try {
      return way().bytes(address, length).order(ByteOrder.nativeOrder());
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  /** Whether every thread may use a direct buffer: one of a confined arena is for one thread. */
  static boolean isShared(Buffer direct) {
    try {
      return way().isShared(direct);
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  private static Way way() throws ReflectiveOperationException {
    if (way == null) {
      way = Runtime.version().feature() >= 22 ? new Segments() : new ByUnsafe();
    }
    return way;
  }

  private static UnsupportedOperationException unavailable(ReflectiveOperationException e) {
    return new UnsupportedOperationException(
        "addresses of host memory need the module jdk.unsupported before JDK 22", e);
  }

  private static final class Segments implements Way {
    private final Method ofBuffer;
    private final Method ofAddress;
    private final Method address;
    private final Method reinterpret;
    private final Method asByteBuffer;
    private final Method isAccessibleBy;

    Segments() throws ReflectiveOperationException {
      Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
      ofBuffer = segment.getMethod("ofBuffer", Buffer.class);
      ofAddress = segment.getMethod("ofAddress", long.class);
      address = segment.getMethod("address");
      reinterpret = segment.getMethod("reinterpret", long.class);
      asByteBuffer = segment.getMethod("asByteBuffer");
      isAccessibleBy = segment.getMethod("isAccessibleBy", Thread.class);
    }

    @Override
    public long of(Buffer direct) throws ReflectiveOperationException {
      return (long) address.invoke(ofBuffer.invoke(null, direct));
    }

    @Override
    public ByteBuffer bytes(long address, int length) throws ReflectiveOperationException {
      Object all = reinterpret.invoke(ofAddress.invoke(null, address), (long) length);
      return (ByteBuffer) asByteBuffer.invoke(all);
    }

    @Override
    public boolean isShared(Buffer direct) throws ReflectiveOperationException {
      return (boolean) isAccessibleBy.invoke(ofBuffer.invoke(null, direct), new Thread());
    }
  }

  private static final class ByUnsafe implements Way {
    private final Object unsafe;
    private final Method getLong;
    private final Method putLong;
    private final Method putInt;
    private final long address;
    private final long capacity;

    ByUnsafe() throws ReflectiveOperationException {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field only = type.getDeclaredField("theUnsafe");
      only.setAccessible(true);
      unsafe = only.get(null);
      getLong = type.getMethod("getLong", Object.class, long.class);
      putLong = type.getMethod("putLong", Object.class, long.class, long.class);
      putInt = type.getMethod("putInt", Object.class, long.class, int.class);
      Method offset = type.getMethod("objectFieldOffset", Field.class);
      address = (long) offset.invoke(unsafe, Buffer.class.getDeclaredField("address"));
      capacity = (long) offset.invoke(unsafe, Buffer.class.getDeclaredField("capacity"));
    }

    @Override
    public long of(Buffer direct) throws ReflectiveOperationException {
      return (long) getLong.invoke(unsafe, direct, address);
    }

    @Override
    public ByteBuffer bytes(long at, int length) throws ReflectiveOperationException {
      ByteBuffer bytes = ByteBuffer.allocateDirect(1).duplicate(); // which frees nothing
      putLong.invoke(unsafe, bytes, address, at);
      putInt.invoke(unsafe, bytes, capacity, length);
      return bytes.clear();
    }

    @Override
    public boolean isShared(Buffer direct) {
      return true;
    }
  }
}
