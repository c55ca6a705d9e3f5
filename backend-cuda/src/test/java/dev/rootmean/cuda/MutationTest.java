package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.kernels.ShippedPtx;
import dev.rootmean.spi.Kernels;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.opentest4j.AssertionFailedError;

/**
 * Kernels with one instruction changed fail the checks that those that ship pass in {@link
 * CoverageTest}. All are too many for each day; which are taken is drawn once for all. Of a family
 * whose types are other families' put together, only every other kernel is taken, and one mutant.
 */
@ExtendWith(EmulatedCuda.class)
@Tag("any-jdk")
@Tag("thorough")
class MutationTest {
  private static final long SEED = 1;
  private static final int OF_EACH_KERNEL = 5;

  /** What they do with an element is what the others do. */
  private static final int OF_EACH_OF_MANY = 2;

  /** The families of which more are taken, without those of their policies. */
  private static final Set<String> IN_DEPTH =
      Set.of(
          "float32",
          "float64",
          "bfloat16_random",
          "bfloat16_remainder",
          "float16_random",
          "float32_rows",
          "float64_rows");

  /** More warp instructions than any check runs in a launch: an endless loop ends here. */
  private static final long BUDGET = 8_000_000;

  /**
   * Those drawn that do what the original does, and why. Where new PTX lets another one survive,
   * the checks are to see it, or its reason is to stand here.
   */
  private static final Map<String, String> EQUIVALENT =
      Map.ofEntries(
          Map.entry(
              "sum_squares_g_float32_s_float32: @%p1 bra $L__BB4_4; -> bra $L__BB4_4;",
              "single elements are summed in the order in which vectors are"),
          Map.entry(
              "rmsprop_p_float16_g_float16_v_float32_b_float32_random:"
                  + " setp.lt.u32 %p9, %r80, 947912704; -> setp.le.u32 %p9, %r80, 947912704;",
              "2^-14 is rounded in the same way as a subnormal number"),
          Map.entry(
              "rmsprop_p_float16_g_float16_v_float32_m_float32_d_float32_random:"
                  + " setp.gt.f32 %p12, %f77, %f2; -> setp.ge.f32 %p12, %f77, %f2;",
              "it takes the upper bound for a gradient that is the upper bound"),
          Map.entry(
              "rmsprop_p_bfloat16_g_bfloat16_v_float32_b_float32_m_float32_r_int16_d_float32:"
                  + " sub.rn.f32 %f132, %f131, %f130; -> sub.rn.f32 %f132, %f130, %f131;",
              "an absolute value is taken of the difference"),
          Map.entry(
              "rmsprop_p_bfloat16_g_bfloat16_v_float32_b_float32_m_float32_r_int16_d_"
                  + "float32_many:"
                  + " sub.rn.f32 %f184, %f183, %f182; -> sub.rn.f32 %f184, %f182, %f183;",
              "an absolute value is taken of the difference"),
          Map.entry(
              "rmsprop_p_bfloat16_g_bfloat16_v_float32_b_float32_m_float32_r_int16_d_"
                  + "float32_many:"
                  + " setp.lt.f32 %p21, %f93, %f78; -> setp.le.f32 %p21, %f93, %f78;",
              "it takes the lower bound for a gradient that is the lower bound"),
          Map.entry(
              "rmsprop_block8_p_bfloat16_g_bfloat16_v_block8_b_signed_block8_v_base_int32_"
                  + "b_base_int32_d_float32_random_many:"
                  + " setp.gt.s32 %p61, %r406, 31; -> setp.ge.s32 %p61, %r406, 31;",
              "what is left is 32, and then 4"),
          Map.entry(
              "rmsprop_block8_p_bfloat16_g_float32_v_block8_b_signed_block8_m_signed_"
                  + "block8_v_base_int32_b_base_int32_m_base_int32_d_float32_random_many:"
                  + " shr.s64 %rd63, %rd8, 63; -> shr.s64 %rd63, %rd8, 64;",
              "a shift by more than 63 gives the sign, too"),
          Map.entry(
              "step_rows_p_float32_g_float32_v_float32_d_float32_a_int32_o_int32:"
                  + " setp.gt.f32 %p4, %f26, %f1; -> setp.ge.f32 %p4, %f26, %f1;",
              "it takes the upper bound for a gradient that is the upper bound"),
          Map.entry(
              "step_rows_p_float64_g_float64_v_float64_b_float64_m_float64_d_float64_a_"
                  + "int32_o_int32:"
                  + " setp.gt.f64 %p4, %fd30, %fd1; -> setp.ge.f64 %p4, %fd30, %fd1;",
              "it takes the upper bound for a gradient that is the upper bound"),
          Map.entry(
              "step_rows_p_float32_g_float32_v_bfloat16_b_bfloat16_m_bfloat16_d_float32_a_"
                  + "int32_o_int32_random:"
                  + " setp.gt.f32 %p4, %f33, %f1; -> setp.ge.f32 %p4, %f33, %f1;",
              "it takes the upper bound for a gradient that is the upper bound"));

  private int tried;

  @Test
  void noneButTheEquivalentSurvives() {
    Map<String, List<PtxMutant>> mutants =
        Stream.concat(
                Kernels.families().stream(),
                Kernels.familiesTogether().stream().map(family -> family + KernelText.MANY))
            .flatMap(program -> PtxMutant.of(program, ShippedPtx.text(program)).stream())
            .collect(Collectors.groupingBy(PtxMutant::kernel));
    Set<String> survivors = new TreeSet<>();
    int others = 0;
    for (String kernel : KernelChecks.all().keySet()) {
      List<PtxMutant> drawn = mutants.get(kernel);
      // Of each kernel by itself: what another one becomes changes nothing here.
      Collections.shuffle(drawn, new Random(SEED + kernel.hashCode()));
      String family = drawn.get(0).program().replaceAll("(_policy)?(_many)?$", "");
      boolean isOfMany = kernel.endsWith(KernelText.MANY);
      int wanted = isOfMany ? OF_EACH_OF_MANY : OF_EACH_KERNEL;
      if (!IN_DEPTH.contains(family)) {
        wanted = others++ % 2;
      }
      int enough = tried + wanted;
      for (int i = 0; tried < enough; i++) {
        if (survives(drawn.get(i))) {
          survivors.add(drawn.get(i).toString());
        }
      }
    }
    System.out.printf(Locale.ROOT, "%d mutants, %d survive%n", tried, survivors.size());
    assertEquals(new TreeSet<>(EQUIVALENT.keySet()), survivors);
  }

  /**
   * What is no PTX is not tried, and does not survive either. The backend does not say that it is
   * exact: the known answers are not to keep a mutant from the checks.
   */
  private boolean survives(PtxMutant mutant) {
    EmulatedCuda.start(1);
    CudaEmulator.set(Option.BUDGET, BUDGET);
    new CudaProvider().probe();
    tried++;
    CudaDevice device = new CudaDevice(FoundDevice.find().get(0), mutant::shipped);
    try (OptimizerBackend backend = device.backend(false)) {
      KernelChecks.all().get(mutant.kernel()).accept(backend);
      System.out.printf(
          Locale.ROOT,
          "survives  %s: %s%n",
          mutant,
          EQUIVALENT.getOrDefault(mutant.toString(), "why?"));
      return true;
    } catch (DeviceLostException e) {
      System.out.printf(Locale.ROOT, "killed    %s: %s%n", mutant, CudaEmulator.lastFault());
    } catch (BackendException e) {
      assertEquals(CUresult.CUDA_ERROR_INVALID_PTX, e.nativeCode(), e.getMessage());
      System.out.printf(Locale.ROOT, "no PTX    %s: %s%n", mutant, e.getMessage());
      tried--;
    } catch (AssertionFailedError e) {
      System.out.printf(Locale.ROOT, "killed    %s: %s%n", mutant, e.getMessage());
    }
    return false;
  }
}
