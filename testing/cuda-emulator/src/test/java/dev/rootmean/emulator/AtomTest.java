package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.RACE_CHECK;
import static dev.rootmean.emulator.CudaEmulator.Option.SEED;
import static dev.rootmean.emulator.CudaEmulator.Option.UNINITIALISED_CHECK;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntBinaryOperator;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * atom on shared memory: nothing is lost between the threads of a block, and only atom may meet
 * atom.
 */
class AtomTest extends EmulatorTest {
  private static final int THREADS = 96;

  @BeforeEach
  void check() {
    CudaEmulator.set(RACE_CHECK, 1);
    CudaEmulator.set(UNINITIALISED_CHECK, 1);
  }

  /**
   * Thread 0 begins with a word, all do something to it, thread 0 keeps it; each keeps what it saw.
   */
  private static String text(String atom, int start) {
    return kernel(
        "all",
        "out",
        String.format(
            Locale.ROOT,
            """
            .shared .b32 box;
            setp.ne.s32 %%p1, %%r1, 0;
            mov.u32 %%r6, %d;
            @!%%p1 st.shared.u32 [box], %%r6;
            bar.sync 0;
            mul.lo.s32 %%r7, %%r1, -1640531535;
            %s
            add.s64 %%rd7, %%rd1, %%rd6;
            st.global.u32 [%%rd7+4], %%r8;
            bar.sync 0;
            @%%p1 ret;
            ld.shared.u32 %%r9, [box];
            st.global.u32 [%%rd1], %%r9;
            """,
            start,
            atom));
  }

  private static int[] run(String text) {
    CUdeviceptr out = upload(new float[THREADS + 1]);
    ok(run(load(text, "all"), 1, THREADS, out));
    int[] words = new int[THREADS + 1];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(words), out, 4L * words.length));
    return words;
  }

  private static void check(String name, int start, IntBinaryOperator operation) {
    for (int seed = 0; seed < 4; seed++) {
      CudaEmulator.set(SEED, seed);
      int[] words = run(text("atom.shared." + name + " %r8, [box], %r7;", start));
      int expected = start;
      for (int i = 0; i < THREADS; i++) {
        expected = operation.applyAsInt(expected, i * 0x9E3779B1);
      }
      assertEquals(expected, words[0], name);
    }
  }

  @Test
  void everyThreadCounts() {
    check("add.u32", 5, Integer::sum);
    check("add.s32", -5, Integer::sum);
    check("max.u32", 7, (a, b) -> Integer.compareUnsigned(a, b) > 0 ? a : b);
    check("max.s32", 7, Math::max);
    check("min.u32", -7, (a, b) -> Integer.compareUnsigned(a, b) < 0 ? a : b);
    check("min.s32", -7, Math::min);
  }

  /** Counting by one, each thread sees another number. */
  @Test
  void eachThreadSeesWhatWasThereBeforeIt() {
    int[] words = run(text("atom.shared.add.u32 %r8, [box], 1;", 100));
    assertEquals(100 + THREADS, words[0]);
    int[] seen = Arrays.stream(words).skip(1).sorted().toArray();
    for (int i = 0; i < THREADS; i++) {
      assertEquals(100 + i, seen[i]);
    }
  }

  private void races(String accesses) {
    int result = run(load(text(accesses, 1), "all"), 1, THREADS, upload(new float[THREADS + 1]));
    assertFault(719, result, "a race");
    restart();
    check();
  }

  @Test
  void whatIsNotAtomicRaces() {
    String atom = "atom.shared.max.u32 %r8, [box], %r7;\n";
    races(atom + "ld.shared.u32 %r9, [box];");
    races(atom + "st.shared.u32 [box], %r1;");
    races("ld.shared.u32 %r9, [box];\n" + atom);
    races("setp.eq.s32 %p2, %r1, 90;\nmov.u32 %r8, 0;\n@%p2 st.shared.u32 [box], %r1;\n" + atom);
    // Of threads that have done both, too.
    races(atom + "setp.eq.s32 %p2, %r1, 95;\n@%p2 st.shared.u32 [box], %r1;\n");
    String own = "setp.eq.s32 %p2, %r1, 0;\nmov.u32 %r8, 0;\n@%p2 st.shared.u32 [box], %r1;\n";
    races(own + "@%p2 atom.shared.max.u32 %r8, [box], %r7;\n@!%p2 " + atom);
    run(text(own + "@%p2 " + atom, 1));
    run(text(atom + "bar.sync 0;\nld.shared.u32 %r9, [box];", 1));
  }

  @Test
  void whatAnyAccessMustNotDo() {
    String atom = "atom.shared.add.u32 %r8, [box+{o}], 1;";
    for (int offset : new int[] {-4, 4}) {
      String text = text(atom.replace("+{o}", "+" + offset), 1);
      assertFault(700, run(load(text, "all"), 1, 1, upload(0f, 0f)), "a variable of 4");
      restart();
    }
    String misaligned =
        text(atom.replace("{o}", "2"), 1).replace(".b32 box", ".align 4 .b8 box[8]");
    assertFault(716, run(load(misaligned, "all"), 1, 1, upload(0f, 0f)), "misaligned");
    restart();
    check();
    String unwritten = kernel("k", "", ".shared .b32 box;\natom.shared.add.u32 %r8, [box], 1;\n");
    assertFault(719, run(load(unwritten, "k"), 1, 1), "nothing has written them");
  }
}
