package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Loads and stores of 1, 2 and 4 bytes, in registers as wide or wider: the low bytes go to memory,
 * and what comes from there fills a register by its sign.
 */
class NarrowAccessTest extends EmulatorTest {
  private static final int BYTES = 16;

  /** Elements of a type, each of which lies in a register of so many bytes. */
  private record Access(String type, int size, String register, int width, int count) {
    String vector() {
      return count == 1 ? "" : ".v" + count;
    }

    /** The registers from a number on. */
    String registers(int first) {
      String names =
          String.join(
              ", ", IntStream.range(first, first + count).mapToObj(i -> register + i).toList());
      return count == 1 ? names : "{" + names + "}";
    }

    /** What a register holds after a load of the i-th element. */
    long loaded(ByteBuffer memory, int i) {
      long bits =
          switch (size) {
            case 1 -> memory.get(i);
            case 2 -> memory.getShort(2 * i);
            default -> memory.getInt(4 * i);
          };
      return type.startsWith("s") ? bits : bits & (1L << (8 * size)) - 1;
    }
  }

  static Stream<Access> accesses() {
    return Stream.of("b8", "u8", "s8", "b16", "u16", "s16", "b32", "u32", "s32")
        .flatMap(
            type -> {
              int size = Integer.parseInt(type.substring(1)) / 8;
              return Map.of("%rs", 2, "%r", 4, "%rd", 8).entrySet().stream()
                  .filter(register -> register.getValue() >= size)
                  .flatMap(
                      register ->
                          Stream.of(1, 2, 4)
                              .map(
                                  count ->
                                      new Access(
                                          type,
                                          size,
                                          register.getKey(),
                                          register.getValue(),
                                          count)));
            });
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static CUdeviceptr upload(byte[] bytes) {
    CUdeviceptr address = allocate(bytes.length);
    ok(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(bytes), bytes.length));
    return address;
  }

  private static byte[] download(CUdeviceptr address, int length) {
    byte[] bytes = new byte[length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(bytes), address, length));
    return bytes;
  }

  private static ByteBuffer numbers(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Loads by an instruction, and keeps the whole registers. */
  private static void checkLoad(Access access, String load, CUdeviceptr source, ByteBuffer memory) {
    StringBuilder body = new StringBuilder(load);
    for (int i = 0; i < access.count(); i++) {
      body.append(
          String.format(
              Locale.ROOT,
              "st.global.b%d [%%rd1+%d], %s%d;\n",
              8 * access.width(),
              8 * i,
              access.register(),
              10 + i));
    }
    CUdeviceptr target = allocate(8L * access.count());
    String text = kernel("loads", "target source value", body.toString());
    ok(run(load(text, "loads"), 1, 1, target, source, memory.getLong(0)));
    ByteBuffer registers = numbers(download(target, 8 * access.count()));
    long mask = -1L >>> (64 - 8 * access.width());
    for (int i = 0; i < access.count(); i++) {
      assertEquals(access.loaded(memory, i) & mask, registers.getLong(8 * i) & mask, load);
    }
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void loads(Access access) {
    byte[] bytes = random(BYTES);
    ByteBuffer memory = numbers(bytes);
    CUdeviceptr source = upload(bytes);
    String rest = access.vector() + "." + access.type() + " " + access.registers(10);
    for (String space : new String[] {"global", "global.nc"}) {
      checkLoad(access, "ld." + space + rest + ", [%rd2];\n", source, memory);
    }
    String shared =
        """
        .shared .align 16 .b8 box[16];
        ld.global.v2.u64 {%rd18, %rd19}, [%rd2];
        st.shared.v2.u64 [box], {%rd18, %rd19};
        """;
    checkLoad(access, shared + "ld.shared" + rest + ", [box];\n", source, memory);
    if (access.count() * access.size() <= 8) {
      checkLoad(access, "ld.param" + rest + ", [loads_2];\n", source, memory);
    }
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void stores(Access access) {
    byte[] operands = random(32);
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < access.count(); i++) {
      body.append(
          """
          ld.global.u64 %rd#, [%rd2+@];
          cvt.u32.u64 %r#, %rd#;
          cvt.u16.u64 %rs#, %rd#;
          """
              .replace("#", "" + (10 + i))
              .replace("@", "" + 8 * i));
    }
    byte[] before = random(BYTES);
    byte[] after = before.clone();
    for (int i = 0; i < access.count(); i++) {
      System.arraycopy(operands, 8 * i, after, access.size() * i, access.size());
    }
    String rest = access.vector() + "." + access.type();
    String global = "st.global" + rest + " [%rd1], " + access.registers(10) + ";\n";
    String shared =
        """
        .shared .align 16 .b8 box[16];
        ld.global.v2.u64 {%rd18, %rd19}, [%rd1];
        st.shared.v2.u64 [box], {%rd18, %rd19};
        #
        ld.shared.v2.u64 {%rd18, %rd19}, [box];
        st.global.v2.u64 [%rd1], {%rd18, %rd19};
        """
            .replace("#", global.replace("global", "shared").replace("%rd1]", "box]"));
    for (String store : new String[] {global, shared}) {
      CUdeviceptr target = upload(before);
      String text = kernel("stores", "target source", body + store);
      ok(run(load(text, "stores"), 1, 1, target, upload(operands)));
      assertArrayEquals(after, download(target, BYTES), store);
    }
  }

  /** A number is as wide as the registers beside it, and cut off. */
  @Test
  void storesOfNumbers() {
    String body =
        """
        mul.wide.u32 %rd7, %r1, 12;
        add.s64 %rd7, %rd1, %rd7;
        mov.u32 %r10, 0x11223344;
        st.global.v4.u8 [%rd7], {7, %r10, 300, -2};
        st.global.v2.b16 [%rd7+4], {0x15566, %r10};
        st.global.u16 [%rd7+8], -3;
        """;
    CUdeviceptr target = allocate(32 * 12);
    ok(run(load(kernel("numbers", "target", body), "numbers"), 1, 32, target));
    byte[] expected = {7, 0x44, 44, -2, 0x66, 0x55, 0x44, 0x33, -3, -1};
    for (int i = 0; i < 32; i++) {
      assertArrayEquals(expected, download(target.withByteOffset(12L * i), 10));
    }
  }
}
