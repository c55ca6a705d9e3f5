package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.binding.NativeBinding;
import dev.rootmean.kernels.ShippedPtx;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jcuda.LogLevel;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NVIDIA's own compiler, that of CUDA 12.0, takes the PTX that ships; it needs no GPU. */
@Tag("any-jdk")
class PtxCompilerTest {
  private static final int MOST_REGISTERS = 40;

  private static final Pattern KERNEL =
      Pattern.compile(
          "Compiling entry function '(\\w+)'.*?"
              + "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads.*?"
              + "Used (\\d+) registers",
          Pattern.DOTALL);

  @BeforeAll
  static void loadTheCompiler() {
    new NativeBinding(
            PtxCompilerTest.class,
            "JNvPTXCompiler",
            "org.jcuda:jcuda",
            "org.jcuda:jcuda-natives",
            "jcuda",
            JNvPTXCompiler.class.getName(),
            () -> "JNvPTXCompiler-12.6.0")
        .load();
    JNvPTXCompiler.setLogLevel(LogLevel.LOG_QUIET);
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 80, 86, 89, 90})
  void everyKernelFitsIntoRegisters(int sm) {
    Map<String, Integer> registers = new TreeMap<>();
    for (String family : Kernels.families()) {
      long start = System.nanoTime();
      Matcher kernel = KERNEL.matcher(compile(family, sm));
      long millis = (System.nanoTime() - start) / 1_000_000;
      System.out.printf(Locale.ROOT, "sm_%d  %-26s in %d ms%n", sm, family, millis);
      while (kernel.find()) {
        registers.put(kernel.group(1), Integer.parseInt(kernel.group(5)));
        for (int group = 2; group <= 4; group++) {
          assertEquals("0", kernel.group(group), "stack and spills of " + kernel.group(1));
        }
      }
    }
    assertEquals(
        Kernels.all().stream().map(Kernel::name).collect(Collectors.toSet()), registers.keySet());
    registers.forEach(
        (name, count) ->
            System.out.printf(Locale.ROOT, "sm_%d  %-70s %2d registers%n", sm, name, count));
    String plain = "rmsprop_p_float32_g_float32_v_float32";
    if (sm >= 80) {
      assertTrue(registers.get(plain) <= MOST_REGISTERS, () -> plain + ": " + registers);
    }
  }

  /** What it says of each kernel. */
  private static String compile(String family, int sm) {
    byte[] ptx = (ShippedPtx.text(family) + "\0").getBytes(StandardCharsets.US_ASCII);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    assertEquals(0, JNvPTXCompiler.nvPTXCompilerCreate(compiler, ptx.length, ptx));
    try {
      String[] options = {"--gpu-name=sm_" + sm, "--verbose"};
      int result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
      long[] size = new long[1];
      if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
        byte[] log = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
        throw new AssertionError("sm_" + sm + ": " + new String(log, StandardCharsets.US_ASCII));
      }
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size);
      byte[] log = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
      return new String(log, StandardCharsets.US_ASCII);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }
}
