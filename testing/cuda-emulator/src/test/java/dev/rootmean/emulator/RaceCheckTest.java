package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Locale;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Each thread of one warp does something at its index times so many bytes, or near that. */
  private static int each(String space, int bytes, String... accesses) {
    String body =
        String.format(
            Locale.ROOT,
            """
            .shared .align 16 .b8 box[1040];
            mul.wide.u32 %%rd7, %%r1, %d;
            add.s64 %%rd7, %%rd1, %%rd7;
            mov.u32 %%r7, box;
            mad.lo.s32 %%r6, %%r1, %d, %%r7;
            mov.u16 %%rs1, 7;
            %s
            """,
            bytes,
            bytes,
            String.join("\n", accesses));
    String text =
        body.replace("{s}", space).replace("{at}", space.equals("shared") ? "%r6" : "%rd7");
    return run(load(kernel("each", "x", text), "each"), 1, 32, upload(new float[260]));
  }

  private void races(String space, int bytes, String... accesses) {
    assertFault(719, each(space, bytes, accesses), "a race");
    restartWithCheck();
  }

  /** Of a word that two threads touch, no byte is the same, or one is. */
  @ParameterizedTest
  @ValueSource(strings = {"global", "shared"})
  void neighboursInAWordDoNotRace(String space) {
    String byte1 = "st.{s}.u8 [{at}], %rs1;";
    String byte2 = "st.{s}.u8 [{at}+1], %rs1;";
    String half = "st.{s}.u16 [{at}], %rs1;";
    ok(each(space, 1, byte1, "ld.{s}.u8 %rs2, [{at}];"));
    ok(each(space, 2, half, "ld.{s}.v2.u8 {%rs2, %rs3}, [{at}];"));
    ok(each(space, 2, "st.{s}.v2.u8 [{at}], {%rs1, %rs1};", "ld.{s}.u16 %rs2, [{at}];"));
    ok(each(space, 2, byte1, "ld.{s}.u8 %rs2, [{at}+1];"));
    String odd = "and.b32 %r8, %r1, 1;\nsetp.eq.s32 %p2, %r8, 1;\n";
    ok(each(space, 1, odd, "@%p2 " + byte1, "@!%p2 " + byte1));
    races(space, 1, byte1, byte2);
    races(space, 1, byte1, "ld.{s}.u8 %rs2, [{at}+1];");
    races(space, 1, "ld.{s}.u8 %rs2, [{at}+1];", byte1);
    races(space, 2, half, "ld.{s}.u8 %rs2, [{at}+3];");
    races(space, 2, byte2, "ld.{s}.u16 %rs2, [{at}+2];");
    races(space, 4, "st.{s}.v2.u16 [{at}], {%rs1, %rs1};", "ld.{s}.u8 %rs2, [{at}+7];");
  }

  /** What was known of a word is known of its bytes, and what is done to one byte of it counts. */
  @Test
  void wordsAndTheirBytesHaveOneHistory() {
    String word = "st.global.u32 [{at}], %r1;";
    races("global", 4, word, "st.global.u8 [{at}+4], %rs1;");
    races("global", 4, word, "st.global.u8 [{at}+7], %rs1;");
    races("global", 4, "st.global.u8 [{at}+7], %rs1;", word);
    races("global", 4, "ld.global.nc.u8 %rs2, [{at}+2];", word);
    races("global", 4, word, "ld.global.nc.u8 %rs2, [{at}+3];");
    ok(each("global", 4, word, "st.global.u8 [{at}+2], %rs1;", "ld.global.u16 %rs2, [{at}+2];"));
    ok(each("global", 4, word, "bar.sync 0;", "st.global.u8 [{at}+7], %rs1;"));
  }
}
