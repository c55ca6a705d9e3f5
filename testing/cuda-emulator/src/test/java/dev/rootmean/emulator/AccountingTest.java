package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.SEED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.emulator.CudaEmulator.Objects;
import dev.rootmean.emulator.CudaEmulator.PtxLine;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** What is counted: objects, traffic, coverage, instructions; and the order of things. */
class AccountingTest extends EmulatorTest {
  private static final Objects NONE = new Objects(0, 0, 0, 0, 0, 0, 0);

  @Test
  void everyObjectIsCountedUntilItIsGone() {
    assertEquals(new Objects(0, 0, 0, 0, 0, 0, 1), CudaEmulator.live());
    CUdeviceptr memory = allocate(100);
    Pointer pinned = new Pointer();
    ok(JCudaDriver.cuMemAllocHost(pinned, 50));
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    CUevent event = new CUevent();
    ok(JCudaDriver.cuEventCreate(event, 0));
    CUmodule module = new CUmodule();
    ok(JCudaDriver.cuModuleLoadData(module, bytes(COPY)));
    assertEquals(new Objects(1, 100, 1, 1, 1, 1, 1), CudaEmulator.live());
    ok(JCudaDriver.cuMemFree(memory));
    ok(JCudaDriver.cuMemFreeHost(pinned));
    assertEquals(1, JCudaDriver.cuMemFreeHost(pinned));
    ok(JCudaDriver.cuStreamDestroy(stream));
    ok(JCudaDriver.cuEventDestroy(event));
    ok(JCudaDriver.cuModuleUnload(module));
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(NONE, CudaEmulator.live());
    assertEquals(NONE, CudaEmulator.abandoned());
  }

  @Test
  void whatAContextTakesWithItIsCountedToo() {
    allocate(100);
    ok(JCudaDriver.cuStreamCreate(new CUstream(), 0));
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(NONE, CudaEmulator.live());
    assertEquals(new Objects(1, 100, 0, 1, 0, 0, 0), CudaEmulator.abandoned());
  }

  @Test
  void alignedAccessTouchesEachSectorOnce() {
    CUdeviceptr memory = upload(new float[128]);
    CUdeviceptr target = upload(new float[128]);
    ok(run(load(COPY, "copy"), 2, 64, target, memory, 100L));
    Launch launch = CudaEmulator.launches().get(0);
    assertEquals("copy", launch.kernel());
    assertEquals(2, launch.blocks());
    assertEquals(64, launch.threadsPerBlock());
    assertEquals(400, launch.bytesLoaded());
    assertEquals(400, launch.bytesStored());
    // Three whole warps of 128 bytes, and 16 bytes.
    assertEquals(3 * 4 + 1, launch.sectorsLoaded());
    assertEquals(3 * 4 + 1, launch.sectorsStored());
    assertEquals(200, launch.accesses4());
    assertEquals(0, launch.accesses8() + launch.accesses16());
  }

  @Test
  void misalignedAccessTouchesOneSectorMoreInEachWarp() {
    CUdeviceptr memory = upload(new float[129]).withByteOffset(4);
    CUdeviceptr target = upload(new float[128]);
    ok(run(load(COPY, "copy"), 2, 64, target, memory, 128L));
    Launch launch = CudaEmulator.launches().get(0);
    assertEquals(4 * 5, launch.sectorsLoaded());
    assertEquals(4 * 4, launch.sectorsStored());
  }

  @Test
  void stridedAccessTouchesASectorAThread() {
    String body = "shl.b64 %rd7, %rd6, 3;\nadd.s64 %rd7, %rd1, %rd7;\nld.global.u32 %r6, [%rd7];\n";
    ok(run(load(kernel("stride", "x", body), "stride"), 1, 32, upload(new float[256])));
    assertEquals(32, CudaEmulator.launches().get(0).sectorsLoaded());
  }

  @Test
  void aSectorCountsOnceWhateverTheOrderOfThreads() {
    String body =
        """
        and.b32 %r6, %r1, 1;
        mul.wide.u32 %rd7, %r6, 32;
        add.s64 %rd7, %rd1, %rd7;
        ld.global.u32 %r7, [%rd7];
        """;
    ok(run(load(kernel("turns", "x", body), "turns"), 1, 32, upload(new float[16])));
    assertEquals(2, CudaEmulator.launches().get(0).sectorsLoaded());
    assertEquals(128, CudaEmulator.launches().get(0).bytesLoaded());
  }

  @Test
  void accessesAreCountedByWidth() {
    String body =
        """
        ld.global.v2.f32 {%f1, %f2}, [%rd1];
        ld.global.f64 %fd1, [%rd1];
        ld.global.v2.f64 {%fd1, %fd2}, [%rd1];
        st.global.v4.f32 [%rd1], {%f1, %f1, %f2, %f2};
        st.global.f32 [%rd1], %f1;
        ld.global.u16 %rs1, [%rd1+2];
        ld.global.nc.v4.u16 {%rs1, %rs2, %rs3, %rs4}, [%rd1+8];
        ld.global.u8 %rs5, [%rd1+15];
        st.global.u8 [%rd1+3], %rs5;
        st.global.v2.u8 [%rd1+2], {%rs5, %rs5};
        st.global.v4.u8 [%rd1+4], {%rs5, %rs5, %rs5, %rs5};
        st.global.v4.u16 [%rd1+8], {%rs1, %rs2, %rs3, %rs4};
        """;
    ok(run(load(kernel("widths", "x", body), "widths"), 1, 1, upload(new float[4])));
    Launch launch = CudaEmulator.launches().get(0);
    assertEquals(
        List.of(2L, 2L, 2L, 4L, 2L),
        List.of(
            launch.accesses1(),
            launch.accesses2(),
            launch.accesses4(),
            launch.accesses8(),
            launch.accesses16()));
    assertEquals(43, launch.bytesLoaded());
    assertEquals(35, launch.bytesStored());
  }

  @Test
  void coverageTellsTheLinesThatNeverRan() {
    CUfunction copy = load(COPY, "copy");
    assertEquals(CudaEmulator.coverage().size(), CudaEmulator.uncovered().size());
    CUdeviceptr memory = upload(new float[4]);
    ok(run(copy, 1, 4, memory, memory, 4L));
    List<PtxLine> uncovered = CudaEmulator.uncovered();
    assertEquals(1, uncovered.size());
    PtxLine branch = uncovered.get(0);
    assertEquals("copy", branch.kernel());
    assertEquals("@%p1 bra done;", branch.text());
    assertEquals(COPY.lines().toList().get(branch.line() - 1), branch.text());
    CUfunction again = load(COPY, "copy"); // the same text goes on counting
    ok(run(again, 1, 5, memory, memory, 4L));
    assertEquals(List.of(), CudaEmulator.uncovered());
    PtxLine load =
        CudaEmulator.coverage().stream()
            .filter(line -> line.text().startsWith("ld.global"))
            .findAny()
            .orElseThrow();
    assertEquals(8, load.executions());
  }

  @Test
  void threadInstructionsAreCounted() {
    String text = kernel("two", "", "mov.u32 %r6, 1;\n");
    ok(run(load(text, "two"), 3, 40));
    long inKernel =
        text.lines().filter(line -> line.endsWith(";") && !line.startsWith(".")).count();
    assertEquals(3 * 40 * inKernel, CudaEmulator.launches().get(0).threadInstructions());
  }

  /** Every thread stores its global index at one place: the last one to run wins. */
  private static float lastOfAll(long seed) {
    CudaEmulator.set(SEED, seed);
    String body = "cvt.rn.f32.u32 %f1, %r3;\nst.global.f32 [%rd1], %f1;\n";
    CUdeviceptr winner = upload(-1f);
    ok(run(load(kernel("last", "x", body), "last"), 4, 64, winner));
    return floats(winner, 1)[0];
  }

  @Test
  void aSeedPermutesBlocksAndWarps() {
    assertEquals(255f, lastOfAll(0));
    boolean otherBlock = false;
    boolean otherWarp = false;
    for (int seed = 1; seed <= 20; seed++) {
      float last = lastOfAll(seed);
      assertEquals(last, lastOfAll(seed), "a seed is an order");
      otherBlock |= last < 192;
      otherWarp |= last % 64 < 32;
    }
    assertTrue(otherBlock, "the last block was always the last");
    assertTrue(otherWarp, "the last warp was always the last");
    assertNotEquals(0, CudaEmulator.launches().size());
  }
}
