package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.function.LongBinaryOperator;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/** Runs one instruction on all pairs of some operands, and compares the bits. */
abstract class InstructionTest extends EmulatorTest {
  /** Where integers, shifts and conversions of them change their ways. */
  static final long[] INTEGERS = {
    0,
    1,
    -1,
    2,
    7,
    31,
    32,
    33,
    63,
    64,
    65,
    1L << 31,
    (1L << 31) - 1,
    1L << 32,
    (1L << 32) - 1,
    Long.MIN_VALUE,
    Long.MAX_VALUE,
    (1L << 53) + 1,
    (1L << 24) + 1,
    (1L << 62) + (1L << 38) + 1
  };

  /** The same of floats; all are exact in both types. */
  static final double[] FLOATS = {
    0,
    -0.0,
    1,
    -1,
    3,
    0.5,
    1.5,
    -2.5,
    Float.MIN_VALUE,
    -0x1p-133,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN,
    1 + 0x1p-23,
    0x1p31,
    -0x1p31,
    0x1p32,
    0x1p63,
    -0x1p63,
    0x1p64
  };

  /** What only double can tell apart. */
  static final double[] DOUBLES = {
    Double.MIN_VALUE,
    -Double.MIN_VALUE,
    Double.MAX_VALUE,
    -Double.MAX_VALUE,
    1 + 0x1p-24,
    1 + 0x1p-24 + 0x1p-52,
    -1 - 0x1p-24,
    0x1.ffffffp127,
    0x1p-150,
    0x1p31 - 0.5,
    0x1p32 - 0.5
  };

  /**
   * One instruction: its operands a and b lie in registers 10 and 11 of every kind, its result goes
   * to register 12 of its kind.
   */
  record Case(String instruction, LongBinaryOperator expected) {
    /** The type that keeps the bits of the result: any NaN equals any NaN. */
    String type() {
      String register = instruction.substring(instruction.indexOf('%') + 1);
      return register.startsWith("rd")
          ? "u64"
          : register.startsWith("rs")
              ? "u16"
              : register.startsWith("fd") ? "f64" : register.startsWith("f") ? "f32" : "u32";
    }

    long normal(long bits) {
      return switch (type()) {
        case "f64" -> Double.doubleToLongBits(Double.longBitsToDouble(bits));
        case "f32" -> low(Float.floatToIntBits(Float.intBitsToFloat((int) bits)));
        case "u32" -> low(bits);
        case "u16" -> bits & 0xFFFF;
        default -> bits;
      };
    }

    @Override
    public String toString() {
      return instruction;
    }
  }

  static long low(long bits) {
    return bits & 0xFFFFFFFFL;
  }

  static void check(Case tested, long[] operands) {
    int n = operands.length;
    long[] a = new long[n * n];
    long[] b = new long[n * n];
    for (int i = 0; i < n * n; i++) {
      a[i] = operands[i / n];
      b[i] = operands[i % n];
    }
    long[] actual = run(tested, a, b);
    for (int i = 0; i < n * n; i++) {
      int pair = i;
      assertEquals(
          tested.normal(tested.expected().applyAsLong(a[i], b[i])),
          tested.normal(actual[i]),
          () -> String.format(Locale.ROOT, "%s of %x, %x", tested, a[pair], b[pair]));
    }
  }

  private static long[] run(Case tested, long[] a, long[] b) {
    String result =
        switch (tested.type()) {
          case "u64" -> "%rd12";
          case "f64" -> "%fd12";
          case "f32" -> "%f12";
          case "u16" -> "%rs12";
          default -> "%r12";
        };
    boolean predicate = tested.instruction().contains(" %p2,");
    String keep = predicate ? "selp.u32 %r12, 1, 0, %p2;" : "";
    String text =
        String.format(
            Locale.ROOT,
            """
            shl.b64 %%rd6, %%rd6, 1;
            add.s64 %%rd7, %%rd1, %%rd6;
            add.s64 %%rd8, %%rd2, %%rd6;
            add.s64 %%rd9, %%rd3, %%rd6;
            cvt.u32.u64 %%r6, %%rd4;
            setp.ge.u32 %%p1, %%r3, %%r6;
            @%%p1 bra done;
            ld.global.u64 %%rd10, [%%rd8];
            ld.global.u64 %%rd11, [%%rd9];
            ld.global.u16 %%rs10, [%%rd8];
            ld.global.u16 %%rs11, [%%rd9];
            ld.global.u32 %%r10, [%%rd8];
            ld.global.u32 %%r11, [%%rd9];
            ld.global.f32 %%f10, [%%rd8];
            ld.global.f32 %%f11, [%%rd9];
            ld.global.f64 %%fd10, [%%rd8];
            ld.global.f64 %%fd11, [%%rd9];
            %s;
            %s
            st.global.%s [%%rd7], %s;
            done:
            """,
            tested.instruction(),
            keep,
            tested.type(),
            result);
    CUdeviceptr target = upload(new long[a.length]);
    ok(
        run(
            load(kernel("op", "out a b n", text), "op"),
            (a.length + 127) / 128,
            128,
            target,
            upload(a),
            upload(b),
            (long) a.length));
    long[] results = new long[a.length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(results), target, 8L * a.length));
    return results;
  }

  private static CUdeviceptr upload(long[] values) {
    CUdeviceptr address = allocate(8L * values.length);
    ok(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(values), 8L * values.length));
    return address;
  }
}
