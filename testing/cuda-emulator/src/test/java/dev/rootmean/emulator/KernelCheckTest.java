package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.BUDGET;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel must not do, whatever memory it uses. */
class KernelCheckTest extends EmulatorTest {
  private static int run(int blocks, int threads, String body) {
    return run(load(kernel("tested", "x", body), "tested"), blocks, threads, upload(new float[4]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "add.rn.f32 %f1, %f2, %f3;",
        "selp.b32 %r6, %r7, %r1, %p1;",
        "selp.b32 %r6, %r1, %r1, %p1;",
        "not.pred %p2, %p1;",
        "@%p1 mov.u32 %r6, 1;",
        "@%p1 ret;",
        "ld.global.u32 %r6, [%rd9];",
        "ld.shared.u32 %r6, [%r7];",
        "st.global.f32 [%rd1], %f1;",
        "st.global.v2.f32 [%rd1], {0f00000000, %f1};",
      })
  void whatNothingHasWrittenIsNotRead(String instruction) {
    String text = kernel("tested", "x", instruction + "\n");
    int line = text.substring(0, text.indexOf(instruction)).split("\n", -1).length;
    int result = run(load(text, "tested"), 1, 1, upload(new float[4]));
    assertFault(719, result, "PTX line " + line, "register", "nothing has written");
  }

  @Test
  void anotherThreadsRegisterDoesNotCount() {
    String body =
        """
        setp.ne.s32 %p1, %r1, 5;
        @%p1 mov.u32 %r6, 1;
        add.s32 %r7, %r6, 1;
        """;
    ok(run(1, 32, body.replace("@%p1 mov", "@!%p1 mov.u32 %r6, 2;\n@%p1 mov")));
    assertFault(719, run(1, 32, body), "thread (5,0,0)", "register");
  }

  @Test
  void theLastBlocksRegistersDoNotCount() {
    String body =
        """
        setp.eq.s32 %p1, %r2, 0;
        @%p1 mov.u32 %r6, 1;
        add.s32 %r7, %r6, 1;
        """;
    ok(run(1, 32, body));
    assertFault(719, run(2, 32, body), "block (1,0,0)", "register");
  }

  @ParameterizedTest
  @ValueSource(strings = {"div.u32", "div.s32", "rem.u32", "rem.s32"})
  void anIntegerIsNotDividedByZero(String division) {
    String body = "add.s32 %r6, %r1, -3;\n" + division + " %r7, %r1, %r6;\n";
    ok(run(1, 3, body));
    assertFault(719, run(1, 4, body), "thread (3,0,0)", "zero");
  }

  @Test
  void aUniformBranchTakesAllThreads() {
    String body = "setp.lt.u32 %p1, %r1, 32;\n@%p1 bra.uni done;\ndone:\n";
    ok(run(1, 64, body));
    assertFault(719, run(1, 64, body.replace("%r1, 32", "%r1, 33")), "bra.uni");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 40})
  void aBarrierThatSomeThreadsMissIsAFault(int threads) {
    String body = "setp.ge.u32 %p1, %r1, {n};\n@%p1 bra done;\nbar.sync 0;\ndone:\n";
    String those = body.replace("{n}", Integer.toString(threads));
    String first = "thread (" + threads + ",0,0)";
    assertFault(719, run(1, 64, those), first, "is not at the barrier");
  }

  @Test
  void aWarpThatWaitsElsewhereIsAFault() {
    String body =
        """
        setp.ge.u32 %p1, %r1, 32;
        @%p1 bra other;
        bar.sync 0;
        ret;
        other:
        bar.sync 0;
        """;
    ok(run(1, 32, body));
    assertFault(719, run(1, 64, body), "thread (32,0,0)", "is not at the barrier");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bar.sync 0;", "@%p1 bar.sync 0;\nbra done;\nother:\nbar.sync 0;"})
  void aThreadThatWaitsElsewhereIsAFault(String rest) {
    String body = "setp.ge.u32 %p1, %r1, {n};\n@%p1 bra other;\nbar.sync 0;\nbra done;\n";
    body += "other:\n" + rest.replace("other", "another") + "\ndone:\n";
    ok(run(1, 32, body.replace("{n}", "32")));
    assertFault(
        719, run(1, 32, body.replace("{n}", "7")), "thread (7,0,0)", "is not at the barrier");
  }

  @Test
  void aBarrierForSomeThreadsIsAFault() {
    String body = "setp.lt.u32 %p1, %r1, {n};\n@%p1 bar.sync 0;\n";
    ok(run(1, 32, body.replace("{n}", "32")));
    assertFault(
        719, run(1, 32, body.replace("{n}", "5")), "thread (5,0,0)", "is not at the barrier");
  }

  @Test
  void threadsThatPartedMeetAtTheBarrier() {
    String body =
        """
        setp.ge.u32 %p1, %r1, 7;
        @%p1 bra later;
        mov.u32 %r6, 1;
        bra meet;
        later:
        mov.u32 %r6, 2;
        meet:
        bar.sync 0;
        add.s32 %r6, %r6, 1;
        bar.sync 0;
        """;
    ok(run(3, 45, body));
  }

  @Test
  void anEndlessLoopEnds() {
    CudaEmulator.set(BUDGET, 100_000);
    assertFault(702, run(1, 32, "again:\nbra again;\n"), "budget");
    assertEquals(702, JCudaDriver.cuCtxSynchronize());
    assertEquals(702, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
  }
}
