package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Locale;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two threads, one byte, a write, no barrier between. */
class RaceCheckTest extends EmulatorTest {
  @BeforeEach
  void check() {
    CudaEmulator.set(RACE_CHECK, 1);
  }

  private void restartWithCheck() {
    restart();
    check();
  }

  /** Each thread writes its own float and reads its neighbour's, in global memory. */
  private static int neighbour(String between, int blocks) {
    String body =
        String.format(
            Locale.ROOT,
            """
            mov.f32 %%f1, 0f3F800000;
            add.s64 %%rd7, %%rd1, %%rd6;
            st.global.f32 [%%rd7], %%f1;
            %s
            ld.global.f32 %%f2, [%%rd7+4];
            """,
            between);
    String text = kernel("race", "x", body);
    return run(load(text, "race"), blocks, 64, upload(new float[64 * blocks + 1]));
  }

  /** Each thread writes a float, of which its neighbour reads half. */
  @Test
  void halfAWordRacesWithTheWord() {
    for (int half : new int[] {4, 6}) {
      for (String load : new String[] {"ld.global.u16", "ld.global.nc.u16"}) {
        String body =
            String.format(
                Locale.ROOT,
                """
                mov.f32 %%f1, 0f3F800000;
                add.s64 %%rd7, %%rd1, %%rd6;
                st.global.f32 [%%rd7], %%f1;
                %s %%rs1, [%%rd7+%d];
                """,
                load,
                half);
        int result = run(load(kernel("race", "x", body), "race"), 1, 64, upload(new float[65]));
        assertFault(719, result, "a race", "reads 2 bytes");
        restartWithCheck();
      }
    }
  }

  private static int sharedNeighbour(String first, String second) {
    String body =
        String.format(
            Locale.ROOT,
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
            """,
            first,
            second);
    String text = kernel("race", "", body);
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

  /** All threads read a word, which the last one then writes. */
  private static int lastReaderWrites(int blocks, int threads) {
    String body =
        String.format(
            Locale.ROOT,
            """
            ld.global.f32 %%f1, [%%rd1];
            setp.ne.s32 %%p1, %%r3, %d;
            @%%p1 bra done;
            st.global.f32 [%%rd1], %%f1;
            done:
            """,
            blocks * threads - 1);
    String text = kernel("last", "x", body);
    return run(load(text, "last"), blocks, threads, upload(1f));
  }

  @Test
  void aWriteAfterAnotherThreadsReadRaces() {
    ok(lastReaderWrites(1, 1));
    assertFault(719, lastReaderWrites(1, 32), "writes");
  }

  @Test
  void aWriteAfterTwoBlocksReadRaces() {
    assertFault(719, lastReaderWrites(2, 1), "writes");
  }

  @Test
  void threadsThatWriteTheSameByteRace() {
    CUdeviceptr target = allocate(4);
    String text = kernel("all", "x", "mov.u32 %r6, 1;\nst.global.u32 [%rd1], %r6;\n");
    assertFault(719, run(load(text, "all"), 1, 2, target), "thread (1,0,0)");
  }

  @Test
  void sharedMemoryNeedsBothBarriers() {
    assertFault(719, sharedNeighbour("", "bar.sync 0;"), "reads 4 bytes", "a race");
    restartWithCheck();
    assertFault(719, sharedNeighbour("bar.sync 0;", ""), "writes 4 bytes", "a race");
    restartWithCheck();
    ok(sharedNeighbour("bar.sync 0;", "bar.sync 0;"));
  }

  @Test
  void unlessAskedNobodyLooks() {
    CudaEmulator.set(RACE_CHECK, 0);
    ok(neighbour("", 1));
    assertArrayEquals(new float[] {1}, floats(upload(1f), 1));
  }

  @Test
  void everyWordOfAVectorCounts() {
    String body =
        """
        setp.eq.s32 %p1, %r1, 0;
        mov.f32 %f1, 0f3F800000;
        @%p1 st.global.v4.f32 [%rd1], {%f1, %f1, %f1, %f1};
        @!%p1 ld.global.f32 %f2, [%rd1+12];
        """;
    assertFault(719, run(load(kernel("wide", "x", body), "wide"), 1, 2, upload(new float[4])));
  }

  /** One thread reads a word as constant, and writes it. */
  private static int constant(String first, String second) {
    String body = "mov.f32 %f1, 0f3F800000;\n" + first + second;
    return run(load(kernel("constant", "x", body), "constant"), 1, 1, upload(1f));
  }

  @Test
  void whatIsReadAsConstantIsNotWritten() {
    String read = "ld.global.nc.f32 %f2, [%rd1];\n";
    String write = "st.global.f32 [%rd1], %f1;\n";
    ok(constant(read, read));
    ok(constant(write, "ld.global.f32 %f2, [%rd1];\n"));
    assertFault(719, constant(read, write), "ld.global.nc");
    restartWithCheck();
    assertFault(719, constant(write, read), "ld.global.nc");
    restartWithCheck();
    assertFault(719, constant(read + read.replace(".nc", ""), write), "ld.global.nc");
  }
}
