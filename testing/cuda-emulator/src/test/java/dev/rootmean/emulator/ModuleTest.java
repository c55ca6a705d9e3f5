package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.COMPUTE_CAPABILITY;
import static dev.rootmean.emulator.CudaEmulator.Option.DRIVER_VERSION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts a driver takes. */
class ModuleTest extends EmulatorTest {
  private static final String EMPTY = ".visible .entry k()\n{\nret;\n}\n";

  @ParameterizedTest
  @CsvSource({"12000,8.0,0", "12000,8.3,222", "12030,8.3,0", "10000,6.3,0", "10000,6.4,222"})
  void aDriverKnowsPtxUpToItsOwnVersion(int driver, String version, int expected) {
    CudaEmulator.set(DRIVER_VERSION, driver);
    int[] reported = {0};
    ok(JCudaDriver.cuDriverGetVersion(reported));
    assertEquals(driver, reported[0]);
    assertEquals(expected, tryToLoad(head(version, 70) + EMPTY));
  }

  @ParameterizedTest
  @CsvSource({"75,75,0", "75,80,209", "90,80,0", "90,99,218"})
  void aDeviceRunsTargetsUpToItsOwn(int capability, int target, int expected) {
    CudaEmulator.set(COMPUTE_CAPABILITY, capability);
    assertEquals(expected, tryToLoad(head("7.0", target) + EMPTY));
  }

  @ParameterizedTest
  @CsvSource({"6.3,75,0", "6.2,75,218", "7.0,80,0", "6.5,80,218", "7.8,90,0", "7.7,90,218"})
  void aVersionKnowsItsTargets(String version, int target, int expected) {
    CudaEmulator.set(COMPUTE_CAPABILITY, 90);
    assertEquals(expected, tryToLoad(head(version, target) + EMPTY));
  }

  @Test
  void aNewerVersionIsRefusedBeforeItsNewInstructions() {
    assertEquals(222, tryToLoad(head("9.0", 75) + kernel("k", "", "what.is.this;\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rcp.approx.f32 %f1, %f2;",
        "rcp.approx.ftz.f32 %f1, %f2;",
        "sqrt.approx.f32 %f1, %f2;",
        "rsqrt.approx.f32 %f1, %f2;",
        "div.approx.f32 %f1, %f2, %f3;",
        "div.full.f32 %f1, %f2, %f3;",
        "ex2.approx.f32 %f1, %f2;",
        "add.rn.ftz.f32 %f1, %f2, %f3;",
        "mul.ftz.f32 %f1, %f2, %f3;",
      })
  void inexactInstructionsAreRefused(String instruction) {
    String text = kernel("k", "", "mov.f32 %f2, 0f3F800000;\n" + instruction + "\n");
    int line = text.substring(0, text.indexOf(instruction)).split("\n", -1).length;
    assertFault(218, tryToLoad(text), "line " + line + ";", "is not exact");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mul.f32 %f1, %f2, %f3;", // may be contracted
        "add.rz.f32 %f1, %f2, %f3;",
        "atom.global.add.u32 %r1, [%rd1], %r2;",
        "ld.global.u16 %f1, [%rd1];",
        "ld.global.u32 %rs1, [%rd1];",
        "ld.global.f32 %rd1, [%rd1];",
        "ld.global.pred %p1, [%rd1];",
        "ld.global.v2.u8 {%rs1, %r1}, [%rd1];",
        "ld.global.v2.v4.u8 {%rs1, %rs2, %rs3, %rs4}, [%rd1];",
        "st.global.u8 [%rd1], %f1;",
        "st.global.v2.u8 [%rd1], {%rs1, %r1};",
        "st.global.v2.u32 [%rd1], {%rd1, %tid.x};",
        "cvt.u32.u16 %r1, %f2;",
        "cvt.u32.u16 %rs1, %rs2;",
        "cvt.u16.u32 %rs1, %rs2;",
        "cvt.b32.b16 %r1, %rs2;",
        "cvt.sat.u8.s32 %r1, %r2;",
        "add.s16 %rs1, %rs2, %r3;",
        "add.s8 %rs1, %rs2, %rs3;",
        "mov.u8 %rs1, %rs2;",
        "mov.b32 %r1, {%rs1};",
        "mov.b32 %r1, {%rs1, %r2};",
        "mov.b32 {%rs1, %rs2}, {%rs3, %rs4};",
        "mov.b64 %rd1, {%rs1, %rs2};",
        ".reg .b8 %x;",
        "ld.volatile.global.u32 %r1, [%rd1];",
        "ld.global.v4.f64 {%fd1, %fd2, %fd3, %fd4}, [%rd1];",
        "bar.sync 1;",
        "bar.sync 0, 32;",
        "trap;",
        "done:",
        ".reg .b32 %r1;",
        "ld.global.nc.u32 %r1, [%r2];",
        "st.global.nc.u32 [%rd1], %r1;",
        "atom.shared.exch.b32 %r1, [%r2], %r3;",
        "atom.shared.add.f32 %f1, [%r2], %f3;",
        "atom.shared.max.u32 %r1, [%rd2], %r3;",
        "atom.shared.max.u32 [%r2], %r3;",
        "atom.max.u32 %r1, [%rd2], %r3;",
        "shfl.sync.down.b32 %r1, %r2, 1, 31, -1;",
        "cvt.f32.f64 %f1, %fd1;",
        "cvt.rn.ftz.f32.f64 %f1, %fd1;",
        "cvt.rzi.s32 %r1, %f1;",
        "add.s32 %r1, %r2;",
        "add.s32 %r1, %r2, %rd3;",
        "add.s32 %f1, %r2, %r3;",
        "add.rn.f32 %f1, %f2, 1;",
        "add.s32 %r1, %r2, %r99;",
        "add.s32 1, %r2, %r3;",
        "mov.u32 %r1, %clock;",
        "@%r1 bra done;",
        "bra nowhere;",
        "ld.global.u32 %r1, [%r2];",
        "ld.param.u64 %rd1, [k_0+4];",
        "ld.param.u64 %rd1, [k_0+8];",
        "ld.param.u64 %rd1, [nothing];",
        "ld.global.v2.u32 %r1, [%rd1];",
        "add.s32 %r1, %r2, %r3",
        ".local .align 4 .b8 stack[16];",
        "add.s32 %r1, %r2, 0x;",
        "\"",
      })
  void whatIsNotKnownToBeRightIsRefused(String instruction) {
    ok(tryToLoad(kernel("k", "x", "done:\n")));
    String text = kernel("k", "x", "done:\n" + instruction + "\n");
    int line = text.substring(0, text.indexOf(instruction)).split("\n", -1).length;
    assertEquals(218, tryToLoad(text));
    // A missing semicolon is only noticed at what follows.
    String fault = CudaEmulator.lastFault();
    assertTrue(
        fault.contains("line " + line + ";") || fault.contains("line " + (line + 1) + ";"), fault);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "\u007fELF", ".version six", ".version 6.3\n.target x"})
  void whatIsNoModuleIsRefused(String text) {
    assertFault(218, tryToLoad(text), "line ");
  }

  @Test
  void aKernelMustEnd() {
    assertEquals(218, tryToLoad(head("6.3", 75) + ".visible .entry k()\n{\n}\n"));
    assertEquals(218, tryToLoad(head("6.3", 75) + ".visible .entry k()\n{\nbar.sync 0;\n}\n"));
    assertEquals(218, tryToLoad(head("6.3", 75) + ".visible .entry k()\n{\nret;\n"));
    String guarded = ".visible .entry k()\n{\n.reg .pred %p;\nsetp.eq.u32 %p, 1, 1;\n@%p ret;\n}\n";
    assertEquals(218, tryToLoad(head("6.3", 75) + guarded));
    ok(tryToLoad(head("6.3", 75) + guarded.replace("@%p", "")));
  }

  @Test
  void theErrorLogNamesTheLine() {
    String text = head("6.3", 75) + ".visible .entry k()\n{\nnonsense;\nret;\n}\n";
    JITOptions options = new JITOptions();
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, 200);
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[200]);
    Pointer pointer = Pointer.to(bytes(text));
    assertEquals(218, JCudaDriver.cuModuleLoadDataJIT(new CUmodule(), pointer, options));
    byte[] log = options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER);
    String message = new String(log, StandardCharsets.US_ASCII);
    assertTrue(message.contains("line 6") && message.contains("'nonsense'"), message);
  }

  @Test
  void functionsAreFoundByNameUntilTheModuleIsUnloaded() {
    CUmodule module = new CUmodule();
    ok(JCudaDriver.cuModuleLoadData(module, bytes(COPY)));
    CUfunction function = new CUfunction();
    assertEquals(500, JCudaDriver.cuModuleGetFunction(function, module, "other"));
    ok(JCudaDriver.cuModuleGetFunction(function, module, "copy"));
    ok(JCudaDriver.cuModuleUnload(module));
    assertEquals(400, JCudaDriver.cuModuleUnload(module));
    assertEquals(400, JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "copy"));
    assertEquals(400, launch(function, 1, 1, 0L, 0L, 0L));
  }
}
