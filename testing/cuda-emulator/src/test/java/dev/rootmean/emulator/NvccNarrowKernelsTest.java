package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static dev.rootmean.emulator.CudaEmulator.Option.SEED;
import static dev.rootmean.emulator.CudaEmulator.Option.UNINITIALISED_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Those kernels of nvcc.cu whose rows have 16 or 8 bits give Java's bits under every check and
 * seed.
 */
class NvccNarrowKernelsTest extends EmulatorTest {
  private static final int BLOCK = 256;
  private static final float RATE = 0.3f;
  private static final int KEY = 0x12345678;

  private static void checkAll(long seed) {
    CudaEmulator.set(SEED, seed);
    CudaEmulator.set(RACE_CHECK, 1);
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
  }

  private static short bfloat16(float f, int i) {
    int u = i ^ KEY;
    u ^= u >>> 16;
    u *= 0x7feb352d;
    u ^= u >>> 15;
    u *= 0x846ca68b;
    int code = Float.isNaN(f) ? 0x7fc0 : (Float.floatToRawIntBits(f) + (u >>> 16)) >>> 16;
    return (short) code;
  }

  private static float value(short code) {
    return Float.intBitsToFloat(code << 16);
  }

  private static CUdeviceptr upload(short[] values) {
    CUdeviceptr address = allocate(2L * values.length);
    ok(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(values), 2L * values.length));
    return address;
  }

  private static short[] shorts(CUdeviceptr address, int length) {
    short[] values = new short[length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), address, 2L * length));
    return values;
  }

  /** Every pattern of a parameter, by vectors and one by one. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void rowsOf16Bits(long seed) throws IOException {
    checkAll(seed);
    int length = 65_539;
    Random random = new Random(seed);
    short[] p = new short[length];
    short[] g = new short[length];
    short[] expected = new short[length];
    for (int i = 0; i < length; i++) {
      p[i] = (short) (i + 7);
      g[i] = (short) random.nextInt();
      expected[i] = bfloat16(value(p[i]) - RATE * value(g[i]), i);
    }
    CUdeviceptr memory = upload(p);
    int blocks = (length / 4 + 3 + 63) / 64;
    ok(
        run(
            NvccKernelsTest.kernel("descend"),
            blocks,
            64,
            memory,
            upload(g),
            (long) length,
            RATE,
            KEY));
    assertArrayEquals(expected, shorts(memory, length));
    assertEquals(List.of(), NvccKernelsTest.uncovered("descend"));
    Launch launch = CudaEmulator.launches().get(0);
    assertEquals(List.of(9L, 3L * (length / 4)), List.of(launch.accesses2(), launch.accesses8()));
  }

  private static int bits(float x) {
    return Float.floatToRawIntBits(Math.abs(x)) >>> 20;
  }

  private static int top(float[] x, int block) {
    int top = 0;
    for (int i = BLOCK * block; i < Math.min(BLOCK * (block + 1), x.length); i++) {
      top = Math.max(top, bits(x[i]));
    }
    return top;
  }

  /** Blocks of great numbers and of small ones, a block of zeros, and one that ends early. */
  private static float[] numbers(long seed) {
    Random random = new Random(seed);
    float[] x = new float[5 * BLOCK - 100];
    for (int i = 0; i < x.length; i++) {
      double scale = Math.pow(10, random.nextInt(20) - 10 * (i / BLOCK));
      x[i] = i / BLOCK == 2 ? 0 : (float) (random.nextGaussian() * scale);
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void rowsOf8Bits(long seed) throws IOException {
    checkAll(seed);
    float[] x = numbers(seed);
    CUdeviceptr codes = allocate(5 * BLOCK);
    ok(JCudaDriver.cuMemsetD8(codes, (byte) 255, 5 * BLOCK));
    CUdeviceptr tops = allocate(2 * 5);
    ok(
        run(
            NvccKernelsTest.kernel("encode"),
            5,
            BLOCK / 4,
            upload(x),
            (long) x.length,
            codes,
            tops));
    byte[] actual = new byte[x.length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(actual), codes, x.length));
    byte[] expected = new byte[x.length];
    float[] decoded = new float[5 * BLOCK];
    int[] largest = new int[5];
    for (int i = 0; i < 5 * BLOCK; i++) {
      int top = top(x, i / BLOCK);
      int code = i < x.length ? Math.min(top - bits(x[i]), 255) : 255;
      if (i < x.length) {
        expected[i] = (byte) code;
      }
      decoded[i] = code == 255 ? 0 : Float.intBitsToFloat((top - code) << 20);
      largest[i / BLOCK] = Math.max(largest[i / BLOCK], code);
    }
    assertArrayEquals(expected, actual);
    CUdeviceptr target = allocate(4 * 5 * BLOCK);
    CUdeviceptr most = allocate(4 * 5);
    ok(run(NvccKernelsTest.kernel("decode"), 5, BLOCK, codes, tops, target, most));
    assertArrayEquals(decoded, floats(target, 5 * BLOCK));
    int[] found = new int[5];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(found), most, 4 * 5));
    assertArrayEquals(largest, found);
    assertEquals(5 * BLOCK, CudaEmulator.launches().get(1).accesses1());
    assertEquals(List.of(), NvccKernelsTest.uncovered("encode", "decode"));
  }
}
