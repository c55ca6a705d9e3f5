package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.contract.WrappedMemoryContract;
import dev.rootmean.spi.BackendProvider;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

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

  @AfterEach
  void nothingAroundIsTouched() {
    taken.forEach(Taken::check);
    taken.clear();
  }
}
