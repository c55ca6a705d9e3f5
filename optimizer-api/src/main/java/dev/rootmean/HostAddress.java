package dev.rootmean;

import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Addresses of the host's memory, which Java 17 has no way of its own for: {@code MemorySegment}
 * knows them from JDK 22 on, {@code sun.misc.Unsafe} before. By reflection: neither is there on
 * every JDK that this runs on.
 */
final class HostAddress {
  private static final boolean HAS_SEGMENTS = Runtime.version().feature() >= 22;

  private HostAddress() {}

  /** The address of a direct buffer's first byte, whatever its position. */
  static long of(Buffer direct) {
    try {
      if (HAS_SEGMENTS) {
        return (long) segmentType().getMethod("address").invoke(segment(direct));
      }
      Object unsafe = unsafe();
      return (long)
          unsafe
              .getClass()
              .getMethod("getLong", Object.class, long.class)
              .invoke(unsafe, direct, offset(unsafe, "address"));
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  /** The bytes at an address, in native order. Whose they are is for the caller to keep. */
  static ByteBuffer bytes(long address, int length) {
    try {
      if (HAS_SEGMENTS) {
        Class<?> segment = segmentType();
        Object none = segment.getMethod("ofAddress", long.class).invoke(null, address);
        Object all = segment.getMethod("reinterpret", long.class).invoke(none, (long) length);
        ByteBuffer bytes = (ByteBuffer) segment.getMethod("asByteBuffer").invoke(all);
        return bytes.order(ByteOrder.nativeOrder());
      }
      Object unsafe = unsafe();
      ByteBuffer bytes = ByteBuffer.allocateDirect(1).duplicate(); // which frees nothing
      unsafe
          .getClass()
          .getMethod("putLong", Object.class, long.class, long.class)
          .invoke(unsafe, bytes, offset(unsafe, "address"), address);
      unsafe
          .getClass()
          .getMethod("putInt", Object.class, long.class, int.class)
          .invoke(unsafe, bytes, offset(unsafe, "capacity"), length);
      return bytes.clear().order(ByteOrder.nativeOrder());
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  /** Whether every thread may use a direct buffer: one of a confined arena is for one thread. */
  static boolean isShared(Buffer direct) {
    try {
      return !HAS_SEGMENTS
          || (boolean)
              segmentType()
                  .getMethod("isAccessibleBy", Thread.class)
                  .invoke(segment(direct), new Thread());
    } catch (ReflectiveOperationException e) {
      throw unavailable(e);
    }
  }

  private static Class<?> segmentType() throws ReflectiveOperationException {
    return Class.forName("java.lang.foreign.MemorySegment");
  }

  private static Object segment(Buffer direct) throws ReflectiveOperationException {
    return segmentType().getMethod("ofBuffer", Buffer.class).invoke(null, direct);
  }

  private static Object unsafe() throws ReflectiveOperationException {
    Field unsafe = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
    unsafe.setAccessible(true);
    return unsafe.get(null);
  }

  private static long offset(Object unsafe, String field) throws ReflectiveOperationException {
    return (long)
        unsafe
            .getClass()
            .getMethod("objectFieldOffset", Field.class)
            .invoke(unsafe, Buffer.class.getDeclaredField(field));
  }

  private static UnsupportedOperationException unavailable(ReflectiveOperationException e) {
    return new UnsupportedOperationException(
        "addresses of host memory need the module jdk.unsupported before JDK 22", e);
  }
}
