package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of codes, against what NVIDIA says of them. */
class CudaCodeTest {
  /** Read off cuda.h of CUDA 13.0, and CudaCode's comment for those of which it is silent. */
  private static final Set<Integer> LOSSES =
      Set.of(
          4, 201, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 805, 806,
          807, 810, 911, 999);

  @Test
  void theseAreLossesAndNoOthers() {
    Set<Integer> found =
        IntStream.range(0, 1000).filter(CudaCode::isLoss).boxed().collect(Collectors.toSet());
    assertEquals(new TreeSet<>(LOSSES), new TreeSet<>(found));
  }

  @ParameterizedTest
  @EnumSource(CudaCode.class)
  void eachHasItsNameAndOneLineOfHelp(CudaCode code) {
    assertEquals(code, CudaCode.of(code.code()), "no code twice");
    String name = CudaErrors.name(code.code());
    String known = CUresult.stringFor(code.code());
    assertTrue(known.equals(name) || known.startsWith("INVALID"), known); // JCuda lacks the newest
    assertEquals(List.of(code.remedy()), code.remedy().strip().lines().toList());
    assertFalse(code.remedy().isEmpty());
  }

  @Test
  void whatIsNotInTheTableIsOrdinary() {
    assertNull(CudaCode.of(400));
    assertEquals("CUDA_ERROR_INVALID_HANDLE", CudaErrors.name(400));
    assertEquals(
        "cuda: cuMemFree: failed (CUDA_ERROR_INVALID_HANDLE, 400)",
        CudaErrors.exception(400, "cuMemFree", "failed").getMessage());
  }

  @Test
  void aRemedyFollowsTheReason() {
    assertEquals(
        "cuda: cuMemAlloc: failed; unset CUDA_DISABLE_PTX_JIT"
            + " (CUDA_ERROR_JIT_COMPILATION_DISABLED, 223)",
        CudaErrors.exception(223, "cuMemAlloc", "failed").getMessage());
  }

  /** NVIDIA's own header, where the toolkit is installed. */
  @Test
  void whatTheHeaderCallsTheEndOfTheProcessIsALoss() throws IOException {
    Path header =
        Stream.of("/usr/local/cuda/include/cuda.h", "/usr/include/cuda.h")
            .map(Path::of)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElse(null);
    if (header == null) {
      System.out.println("SKIPPED: the table of codes against cuda.h: no CUDA toolkit here");
      Assumptions.abort("no CUDA toolkit");
    }
    Pattern entry =
        Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*CUDA_(\\w+)\\s*=\\s*(\\d+)", Pattern.DOTALL);
    String text = Files.readString(header);
    String results = text.substring(text.indexOf("cudaError_enum {"), text.indexOf("} CUresult"));
    int seen = 0;
    Matcher entries = entry.matcher(results);
    while (entries.find()) {
      String words = entries.group(1).replaceAll("[\\s*]+", " ");
      int code = Integer.parseInt(entries.group(3));
      CudaCode known = CudaCode.of(code);
      if (known != null) {
        assertEquals(entries.group(2), "ERROR_" + known);
      }
      if (words.contains("the process must be terminated")
          || words.contains("context cannot be used anymore")) {
        assertTrue(CudaCode.isLoss(code), entries.group(2));
        seen++;
      }
    }
    assertTrue(seen >= 12, "codes that end a process: " + seen);
  }
}
