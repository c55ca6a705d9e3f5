package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.DEFERRED;
import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static dev.rootmean.emulator.CudaEmulator.Option.SEED;
import static dev.rootmean.emulator.CudaEmulator.Option.UNINITIALISED_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.emulator.CudaEmulator.PtxLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernels of nvcc.cu with whole words, as nvcc writes them, give Java's bits under every check
 * and seed.
 */
class NvccKernelsTest extends EmulatorTest {
  private static final int BLOCKS = 3;
  private static final int THREADS = 256;
  private static final float SCALE = 0.3f;
  private static final double BOUND = 2;
  private static final double RATE = 0.01;

  static CUfunction kernel(String name) throws IOException {
    try (InputStream text = NvccKernelsTest.class.getResourceAsStream("nvcc.ptx")) {
      return load(new String(text.readAllBytes(), StandardCharsets.US_ASCII), name);
    }
  }

  private static void checkAll(long seed) {
    CudaEmulator.set(SEED, seed);
    CudaEmulator.set(RACE_CHECK, 1);
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
    CudaEmulator.set(DEFERRED, 1);
  }

  /** Halves a block's sums until one is left. */
  private static double fold(double[] sums) {
    for (int half = sums.length / 2; half > 0; half /= 2) {
      for (int t = 0; t < half; t++) {
        sums[t] += sums[t + half];
      }
    }
    return sums[0];
  }

  private static double[] expectedSums(float[] x) {
    double[] sums = new double[BLOCKS];
    int vectors = x.length / 4;
    for (int block = 0; block < BLOCKS; block++) {
      double[] mine = new double[THREADS];
      for (int t = 0; t < THREADS; t++) {
        for (int i = block * THREADS + t; i < vectors; i += BLOCKS * THREADS) {
          float a = SCALE * x[4 * i];
          float b = SCALE * x[4 * i + 1];
          float c = SCALE * x[4 * i + 2];
          float d = SCALE * x[4 * i + 3];
          mine[t] += (double) (a * a + b * b) + (double) (c * c + d * d);
        }
        if (block == 0 && t < x.length % 4) {
          double a = SCALE * x[4 * vectors + t];
          mine[t] = Math.fma(a, a, mine[t]);
        }
      }
      sums[block] = fold(mine);
    }
    return sums;
  }

  private static float[] random(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double[] runSums(float[] x) throws IOException {
    CUdeviceptr sums = allocate(8 * BLOCKS);
    ok(launch(kernel("squares"), BLOCKS, THREADS, upload(x), (long) x.length, SCALE, sums));
    return doubles(sums, BLOCKS);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void aSumInTwoStages(long seed) throws IOException {
    checkAll(seed);
    for (int length : new int[] {1, 4, 1022, 1024, 4 * BLOCKS * THREADS + 5, 20_003}) {
      float[] x = random(length);
      assertArrayEquals(expectedSums(x), runSums(x), "length " + length);
    }
  }

  /** What `decide` leaves: the factor, whether to skip, and how many were skipped. */
  private record Decision(CUdeviceptr factor, CUdeviceptr skip, CUdeviceptr skipped) {
    static Decision of(double... sums) throws IOException {
      return of(64, sums);
    }

    static Decision of(int threads, double... sums) throws IOException {
      Decision made = new Decision(allocate(8), allocate(4), allocate(4));
      ok(JCudaDriver.cuMemsetD32(made.skipped, 7, 1));
      Pointer parameters =
          Pointer.to(
              Pointer.to(upload(sums)),
              Pointer.to(new int[] {sums.length}),
              Pointer.to(new double[] {BOUND}),
              Pointer.to(made.factor),
              Pointer.to(made.skip),
              Pointer.to(made.skipped));
      CUfunction decide = kernel("decide");
      ok(
          JCudaDriver.cuLaunchKernel(
              decide, 1, 1, 1, threads, 1, 1, 8 * threads, null, parameters, null));
      return made;
    }

    List<Integer> flags() {
      int[] flags = new int[2];
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(flags), skip, 4));
      ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(flags).withByteOffset(4), skipped, 4));
      return List.of(flags[0], flags[1]);
    }

    double factorValue() {
      return doubles(factor, 1)[0];
    }
  }

  @Test
  void theNormIsBounded() throws IOException {
    checkAll(1);
    Decision above = Decision.of(4.0, 5.0, 16.0);
    assertEquals(BOUND / 5, above.factorValue());
    assertEquals(List.of(0, 7), above.flags());
    assertEquals(1, Decision.of(1.0, 2.0).factorValue());
    assertEquals(List.of(1, 8), Decision.of(1.0, Double.NaN).flags());
    assertEquals(List.of(1, 8), Decision.of(Double.POSITIVE_INFINITY).flags());
  }

  private static double[] step(double[] p, double[] g, float[] v, Decision decision)
      throws IOException {
    CUdeviceptr memory = upload(p);
    CUfunction step = kernel("step");
    ok(
        launch(
            step,
            (p.length / 2 + THREADS) / THREADS,
            THREADS,
            memory,
            upload(g),
            upload(v),
            (long) p.length,
            RATE,
            decision.factor,
            decision.skip));
    return doubles(memory, p.length);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void aStepObeysTheDecision(long seed) throws IOException {
    checkAll(seed);
    float[] v = random(1025);
    double[] p = new Random(1).doubles(v.length).toArray();
    double[] g = new Random(2).doubles(v.length).toArray();
    double[] expected = new double[p.length];
    for (int i = 0; i < p.length; i++) {
      expected[i] = p[i] - RATE * (BOUND / 10) * g[i] / (Math.sqrt(Math.abs((double) v[i])) + 1);
    }
    assertArrayEquals(expected, step(p, g, v, Decision.of(36.0, 64.0)));
    assertArrayEquals(p, step(p, g, v, Decision.of(36.0, Double.NaN)));
  }

  @Test
  void everyLineRuns() throws IOException {
    runSums(random(5));
    runSums(random(4 * BLOCKS * THREADS + 5));
    step(new double[5], new double[5], new float[5], Decision.of(4.0, 5.0, 16.0));
    step(new double[5], new double[5], new float[5], Decision.of(1, Double.NaN));
    assertEquals(List.of(), uncovered("squares", "decide", "step"));
  }

  /** Instructions of some kernels that no thread has executed. */
  static List<PtxLine> uncovered(String... kernels) {
    return CudaEmulator.uncovered().stream()
        .filter(line -> List.of(kernels).contains(line.kernel()))
        .toList();
  }
}
