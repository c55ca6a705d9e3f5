package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.contract.WrappedMemoryContract;
import dev.rootmean.spi.BackendProvider;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All memory is in direct buffers, with bytes around it that nothing may touch. */
class WrappedMemoryTest extends WrappedMemoryContract {
  private static final byte GUARD = 0x5A;
  private static final int GUARDS = 64;

  private final List<Taken> taken = new ArrayList<>();

  /** A part of a buffer that is wrapped; what lies around it is guarded. */
  private record Taken(ByteBuffer all, int from, int end) {
    void check() {
      for (int i = 0; i < all.capacity(); i++) {
        assertTrue((i >= from && i < end) || all.get(i) == GUARD, "byte " + (i - from));
      }
    }
  }

  @Override
  protected BackendProvider provider() {
    return new CpuProvider();
  }

  @Override
  protected ForeignMemory foreign(DataType type, long length) {
    int bytes = (int) length * type.bytes();
    int from = GUARDS + taken.size() % 4 * type.bytes(); // not always on 16 bytes
    ByteBuffer all = ByteBuffer.allocateDirect(from + bytes + GUARDS);
    for (int i = 0; i < all.capacity(); i++) {
      all.put(i, i < from || i >= from + bytes ? GUARD : 0);
    }
    taken.add(new Taken(all, from, from + bytes));
    ByteBuffer part = all.slice(from, bytes).order(ByteOrder.nativeOrder());
    boolean byAddress = taken.size() % 2 == 0;
    if (type == DataType.FLOAT32 && !byAddress) {
      return ForeignMemory.of(part.asFloatBuffer());
    }
    if (type == DataType.FLOAT64 && !byAddress) {
      return ForeignMemory.of(part.asDoubleBuffer());
    }
    long address = ForeignMemory.of(all.order(ByteOrder.nativeOrder()).asFloatBuffer()).address();
    return ForeignMemory.host(address + from, type, length, all);
  }

  @Test
  void wholeNumbersAreCopiedAndCleared() {
    int length = Pages.SIZE + 9;
    ByteBuffer numbers = numbers(length);
    for (int i = 0; i < length; i++) {
      numbers.putInt(4 * i, i + 1);
    }
    ByteBuffer found = numbers(length);
    try (DeviceBuffer own = backend().allocate(DataType.INT32, length);
        DeviceBuffer theirs = backend().wrap(foreign(DataType.INT32, length))) {
      own.write(0, numbers.duplicate().order(numbers.order()));
      theirs.copyFrom(own);
      theirs.slice(3, 5).zero();
      own.zero();
      own.copyFrom(theirs);
      own.read(0, found.duplicate().order(found.order()));
    }
    for (int i = 3; i < 8; i++) {
      numbers.putInt(4 * i, 0);
    }
    assertEquals(numbers, found);
  }

  private static ByteBuffer numbers(int count) {
    return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.nativeOrder());
  }

  @Test
  void doublesAreCleared() {
    double[] values = {1, 2, 3, 4};
    try (DeviceBuffer theirs = backend().wrap(foreign(DataType.FLOAT64, 4))) {
      theirs.write(values);
      theirs.slice(1, 2).zero();
      theirs.read(values);
      assertArrayEquals(new double[] {1, 0, 0, 4}, values);
    }
  }

  @AfterEach
  void nothingAroundIsTouched() {
    taken.forEach(Taken::check);
    taken.clear();
  }
}
