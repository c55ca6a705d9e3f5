package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.Arrays;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** More memory than the machine has, and launches of which a part runs. */
class SparseMemoryTest extends EmulatorTest {
  private static final long BYTES = 1L << 36;
  private static final float[] THREE = {1, 2, 3};

  private static CUdeviceptr allocateSparse() {
    CudaEmulator.set(Option.MEMORY_BYTES, 2 * BYTES);
    CudaEmulator.set(Option.UNINITIALISED_CHECK, 1);
    return allocate(BYTES);
  }

  @Test
  void whatWasNotWrittenIsZeroAndFillsGiveItBack() {
    CUdeviceptr memory = allocateSparse();
    CUdeviceptr last = memory.withByteOffset(BYTES - 12);
    ok(JCudaDriver.cuMemcpyDtoD(last, upload(THREE), 12));
    assertArrayEquals(THREE, floats(last, 3));
    assertArrayEquals(new float[3], floats(memory, 3));
    ok(JCudaDriver.cuMemsetD8(memory.withByteOffset(4), (byte) 0, BYTES - 8));
    assertArrayEquals(new float[] {0, 0, 3}, floats(last, 3));
    assertEquals(1, JCudaDriver.cuMemsetD8(memory.withByteOffset(4), (byte) 0, BYTES));
  }

  @Test
  void kernelsAreCheckedThereToo() {
    CudaEmulator.set(Option.RACE_CHECK, 1);
    CUdeviceptr last = allocateSparse().withByteOffset(BYTES - 12);
    ok(run(load(COPY, "copy"), 1, 32, last, upload(THREE), 3L));
    assertArrayEquals(THREE, floats(last, 3));
    assertFault(700, run(load(COPY, "copy"), 1, 32, last, upload(1, 2, 3, 4), 4L), "writes");
  }

  @Test
  void anExcerptRunsAroundMultiplesAndBothEnds() {
    CudaEmulator.set(Option.EXCERPT, 1);
    int blocks = (1 << 17) + 3;
    float[] ones = new float[blocks];
    Arrays.fill(ones, 1);
    CUdeviceptr target = upload(new float[blocks]);
    ok(run(load(COPY, "copy"), blocks, 1, target, upload(ones), (long) blocks));
    float[] expected = new float[blocks];
    for (int block : new int[] {0, (1 << 17) - 1, 1 << 17, blocks - 1}) {
      expected[block] = 1;
    }
    assertArrayEquals(expected, floats(target, blocks));
  }
}
