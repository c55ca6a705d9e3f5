package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.function.Executable;

class ForeignMemoryTest {
  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(count * 4).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void aBufferIsTakenFromItsPositionToItsLimit() {
    FloatBuffer floats = floats(10);
    ForeignMemory all = ForeignMemory.of(floats);
    ForeignMemory some = ForeignMemory.of(floats.position(3).limit(8));
    assertEquals(all.address() + 12, some.address());
    assertEquals(5, some.length());
    assertSame(floats, some.owner());
    FloatBuffer part = (FloatBuffer) some.parts().get(0);
    part.put(0, 7);
    assertEquals(7, floats.get(3));
    assertEquals(3, floats.position());
  }

  @Test
  void anAddressIsTheSameMemory() {
    DoubleBuffer doubles =
        ByteBuffer.allocateDirect(80).order(ByteOrder.nativeOrder()).asDoubleBuffer();
    long address = ForeignMemory.of(doubles).address();
    ForeignMemory some = ForeignMemory.host(address + 16, DataType.FLOAT64, 3, doubles);
    DoubleBuffer part = (DoubleBuffer) some.parts().get(0);
    assertEquals(3, part.capacity());
    part.put(2, 7);
    assertEquals(7, doubles.get(4));
  }

  @Test
  void morePartsThanABufferHolds() {
    FloatBuffer floats = floats(1);
    long address = ForeignMemory.of(floats).address();
    ForeignMemory far =
        ForeignMemory.host(address, DataType.FLOAT32, 2L * ForeignMemory.PART + 5, floats);
    assertEquals(3, far.parts().size());
    assertEquals(ForeignMemory.PART, far.parts().get(1).capacity());
    assertEquals(5, far.parts().get(2).capacity());
  }

  @Test
  void overlapsAreOfBytes() {
    FloatBuffer floats = floats(10);
    long address = ForeignMemory.of(floats).address();
    ForeignMemory all = ForeignMemory.of(floats);
    ForeignMemory wide = ForeignMemory.host(address, DataType.FLOAT64, 5, floats);
    assertTrue(all.overlaps(0, 3, wide, 1, 1));
    assertFalse(all.overlaps(0, 2, wide, 1, 1));
    assertFalse(all.overlaps(4, 1, wide, 1, 1));
    assertTrue(wide.overlaps(1, 1, all, 3, 1));
    ForeignMemory elsewhere = ForeignMemory.cuda(0, address, DataType.FLOAT32, 10, floats);
    ForeignMemory another = ForeignMemory.cuda(1, address, DataType.FLOAT32, 10, floats);
    assertFalse(all.overlaps(0, 10, elsewhere, 0, 10));
    assertFalse(another.overlaps(0, 10, elsewhere, 0, 10));
    assertTrue(another.overlaps(0, 10, another, 9, 1));
    assertEquals(1, another.device());
    assertEquals(0, another.first(), "its address is that of its own first element");
    Object handle = new Object();
    ForeignMemory object = ForeignMemory.openCl(handle, 4, DataType.FLOAT32, 10, floats);
    assertTrue(object.overlaps(9, 1, object, 0, 10));
    assertTrue(
        object.overlaps(0, 1, ForeignMemory.openCl(handle, 2, DataType.FLOAT64, 1, floats), 0, 1));
    assertFalse(
        object.overlaps(
            0, 10, ForeignMemory.openCl("another", 4, DataType.FLOAT32, 10, floats), 0, 10));
  }

  /** Prints why there is no address. */
  static final class Addressing {
    private Addressing() {}

    public static void main(String[] arguments) {
      try {
        ForeignMemory.of(floats(3));
      } catch (UnsupportedOperationException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @Test
  @EnabledForJreRange(maxVersion = 21)
  void theModuleThatKnowsAddressesIsNamedWhereItIsNot() {
    assertEquals(
        "addresses of host memory need the module jdk.unsupported before JDK 22",
        ChildJvm.of(Addressing.class)
            .option("--limit-modules=java.base")
            .run()
            .succeeded()
            .line("refused"));
  }

  /** Threads would share the work: one of a confined arena would fail in the middle of a step. */
  @Test
  @EnabledForJreRange(minVersion = 22)
  void anArenaOfOneThreadIsRefused() throws ReflectiveOperationException {
    Class<?> arenas = Class.forName("java.lang.foreign.Arena");
    Object confined = arenas.getMethod("ofConfined").invoke(null);
    Object segment =
        arenas.getMethod("allocate", long.class, long.class).invoke(confined, 64L, 64L);
    ByteBuffer bytes =
        (ByteBuffer)
            Class.forName("java.lang.foreign.MemorySegment")
                .getMethod("asByteBuffer")
                .invoke(segment);
    FloatBuffer floats = bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> ForeignMemory.of(floats));
    assertTrue(refused.getMessage().contains("confined to a thread"), refused.getMessage());
  }

  @Test
  void whatCannotBeWrappedIsRefused() {
    String expected =
        ": expected a direct one that every thread can write, in native byte order, such as"
            + " ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())";
    refused(
        "a buffer on the Java heap" + expected, () -> ForeignMemory.of(FloatBuffer.allocate(3)));
    refused(
        "a buffer that is read-only" + expected,
        () -> ForeignMemory.of(floats(3).asReadOnlyBuffer()));
    refused(
        "a buffer in BIG_ENDIAN" + expected,
        () -> ForeignMemory.of(ByteBuffer.allocateDirect(16).asFloatBuffer()));
    refused("length 0: expected at least 1", () -> ForeignMemory.of(floats(3).position(3)));
    Object owner = new Object();
    refused(
        "address 0: expected that of some memory",
        () -> ForeignMemory.host(0, DataType.FLOAT32, 3, owner));
    refused(
        "3 elements of FLOAT64 at address 0x44: expected a multiple of 8, and all below 2^63",
        () -> ForeignMemory.cuda(0, 0x44, DataType.FLOAT64, 3, owner));
    refused(
        "9223372036854775807 elements of FLOAT32 at address 0x40: expected a multiple of 4, and"
            + " all below 2^63",
        () -> ForeignMemory.host(0x40, DataType.FLOAT32, Long.MAX_VALUE, owner));
    refused(
        "length -1: expected at least 1",
        () -> ForeignMemory.host(0x40, DataType.FLOAT32, -1, owner));
    refused(
        "3 elements of FLOAT32 at address 0xffffffffffffffc0: expected a multiple of 4, and all"
            + " below 2^63",
        () -> ForeignMemory.host(-0x40, DataType.FLOAT32, 3, owner));
    refused(
        "first element 2305843009213693952: expected 0 to 2305843009213693951",
        () -> ForeignMemory.openCl(owner, 1L << 61, DataType.FLOAT32, 3, owner));
    refused(
        "first element -1: expected 0 to 2305843009213693951",
        () -> ForeignMemory.openCl(owner, -1, DataType.FLOAT32, 3, owner));
    assertThrows(
        NullPointerException.class, () -> ForeignMemory.host(0x40, DataType.FLOAT32, 3, null));
  }
}
