package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two threads, one byte, a write, no barrier between. */
class RaceCheckTest extends EmulatorTest {
  /** Each thread writes its own float and reads its neighbour's, in global memory. */
  private static final String NEIGHBOUR =
      """
      mov.f32 %%f1, 0f3F800000;
      add.s64 %%rd7, %%rd1, %%rd6;
      st.global.f32 [%%rd7], %%f1;
      %s
      ld.global.f32 %%f2, [%%rd7+4];
      """;

  private static final String SHARED_NEIGHBOUR =
      """
      .shared .align 4 .b8 row[512];
      mov.u32 %%r6, row;
      shl.b32 %%r7, %%r1, 2;
      add.s32 %%r6, %%r6, %%r7;
      st.shared.u32 [%%r6], %%r1;
      %s
      ld.shared.u32 %%r8, [%%r6+4];
      %s
      st.shared.u32 [%%r6], %%r8;
      """;

  @BeforeEach
  void check() {
    CudaEmulator.set(RACE_CHECK, 1);
  }

  private static int neighbour(String between, int blocks) {
    String text = kernel("race", "x", NEIGHBOUR.formatted(between));
    return run(load(text, "race"), blocks, 64, upload(new float[64 * blocks + 1]));
  }

  private static int sharedNeighbour(String first, String second) {
    String text = kernel("race", "", SHARED_NEIGHBOUR.formatted(first, second));
    return run(load(text, "race"), 2, 64);
  }

  @Test
  void writesAndReadsOfNeighboursRace() {
    assertFault(719, neighbour("", 1), "a race with another thread");
  }

  @Test
  void aBarrierOrdersThem() {
    ok(neighbour("bar.sync 0;", 1));
  }

  @Test
  void aBarrierDoesNotOrderBlocks() {
    assertFault(719, neighbour("bar.sync 0;", 2), "a race");
  }

  @Test
  void launchesAreOrdered() {
    ok(neighbour("bar.sync 0;", 1));
    ok(neighbour("bar.sync 0;", 1));
  }

  @Test
  void readersDoNotRace() {
    String body = "ld.global.f32 %f1, [%rd1];\n";
    ok(run(load(kernel("read", "x", body), "read"), 4, 64, upload(1f)));
  }

  @Test
  void aWriteAfterAnotherBlocksReadRaces() {
    String body =
        """
        ld.global.f32 %f1, [%rd1];
        setp.ne.s32 %p1, %r3, 127;
        @%p1 bra done;
        st.global.f32 [%rd1], %f1;
        done:
        """;
    assertFault(719, run(load(kernel("late", "x", body), "late"), 2, 64, upload(1f)), "writes");
  }

  @Test
  void threadsThatWriteTheSameByteRace() {
    CUdeviceptr target = allocate(4);
    String text = kernel("all", "x", "mov.u32 %r6, 1;\nst.global.u32 [%rd1], %r6;\n");
    assertFault(719, run(load(text, "all"), 1, 2, target), "thread (1,0,0)");
  }

  @Test
  void sharedMemoryNeedsBothBarriers() {
    CudaEmulator.set(RACE_CHECK, 1);
    assertFault(719, sharedNeighbour("", "bar.sync 0;"), "reads 4 bytes", "a race");
    CudaEmulator.reset();
    open();
    CudaEmulator.set(RACE_CHECK, 1);
    assertFault(719, sharedNeighbour("bar.sync 0;", ""), "writes 4 bytes", "a race");
    CudaEmulator.reset();
    open();
    CudaEmulator.set(RACE_CHECK, 1);
    ok(sharedNeighbour("bar.sync 0;", "bar.sync 0;"));
  }

  @Test
  void unlessAskedNobodyLooks() {
    CudaEmulator.set(RACE_CHECK, 0);
    ok(neighbour("", 1));
    assertArrayEquals(new float[] {1}, floats(upload(1f), 1));
  }

  @Test
  void aBarrierThatSomeThreadsMissIsAFault() {
    String body =
        """
        setp.ge.u32 %p1, %r1, 40;
        @%p1 bra done;
        bar.sync 0;
        done:
        """;
    assertFault(719, run(load(kernel("miss", "", body), "miss"), 1, 64), "barrier");
  }
}
