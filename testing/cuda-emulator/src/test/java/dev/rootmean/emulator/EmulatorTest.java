package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.RequiredBackends;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A fresh emulated device before each test, with its primary context current. */
abstract class EmulatorTest {
  /** One thread copies float i from `source` to `target`; its index is checked against n. */
  static final String COPY =
      kernel(
          "copy",
          "target source n",
          """
          add.s64 %rd4, %rd1, %rd6;
          add.s64 %rd5, %rd2, %rd6;
          setp.ge.u32 %p1, %r3, %r4;
          @%p1 bra done;
          ld.global.nc.f32 %f1, [%rd5];
          st.global.f32 [%rd4], %f1;
          done:
          """);

  final CUdevice device = new CUdevice();
  final CUcontext context = new CUcontext();

  @BeforeAll
  static void requireLibrary() {
    if (!CudaEmulator.isBuilt()) {
      RequiredBackends.skipOrFail(
          "cuda", "the CUDA emulator is not built: run testing/cuda-emulator/build");
    }
  }

  @BeforeEach
  final void restart() {
    CudaEmulator.reset();
    open();
  }

  final void open() {
    ok(JCudaDriver.cuInit(0));
    ok(JCudaDriver.cuDeviceGet(device, 0));
    ok(JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    ok(JCudaDriver.cuCtxSetCurrent(context));
  }

  /** A module head and one kernel with 64-bit parameters, whose body ends by falling into ret. */
  static String kernel(String name, String parameters, String body) {
    return String.format(
        Locale.ROOT,
        "%s.visible .entry %s(%s)\n{\n%s%s%sret;\n}\n",
        head("6.3", 75),
        name,
        parameterList(name, parameters),
        registers(),
        loads(name, parameters),
        body);
  }

  static String head(String version, int target) {
    return String.format(
        Locale.ROOT, ".version %s\n.target sm_%d\n.address_size 64\n", version, target);
  }

  /**
   * Parameters lie in %rd1 and so on; %r1 is the thread in its block, %r2 the block, %r3 the global
   * index, %rd6 that times four, %r4 the lower half of the third parameter.
   */
  private static String loads(String name, String parameters) {
    StringBuilder text = new StringBuilder();
    int count = parameters.isEmpty() ? 0 : parameters.split(" ", -1).length;
    for (int i = 0; i < count; i++) {
      text.append(String.format(Locale.ROOT, "ld.param.u64 %%rd%d, [%s_%d];\n", i + 1, name, i));
    }
    return text
        + """
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r5, %ntid.x;
        mad.lo.s32 %r3, %r2, %r5, %r1;
        mul.wide.u32 %rd6, %r3, 4;
        """
        + (count > 2 ? "cvt.u32.u64 %r4, %rd3;\n" : "");
  }

  private static String registers() {
    return """
    .reg .pred %p<9>;
    .reg .b16 %rs<20>;
    .reg .b32 %r<20>;
    .reg .b64 %rd<20>;
    .reg .f32 %f<20>;
    .reg .f64 %fd<20>;
    """;
  }

  private static String parameterList(String name, String parameters) {
    int count = parameters.isEmpty() ? 0 : parameters.split(" ", -1).length;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(String.format(Locale.ROOT, "%s.param .u64 %s_%d", i == 0 ? "" : ", ", name, i));
    }
    return text.toString();
  }

  static void ok(int result) {
    assertEquals("CUDA_SUCCESS", CUresult.stringFor(result), CudaEmulator::lastFault);
  }

  static int tryToLoad(String text) {
    return JCudaDriver.cuModuleLoadData(new CUmodule(), bytes(text));
  }

  static byte[] bytes(String text) {
    return (text + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  static CUfunction load(String text, String kernel) {
    CUmodule module = new CUmodule();
    ok(JCudaDriver.cuModuleLoadData(module, bytes(text)));
    CUfunction function = new CUfunction();
    ok(JCudaDriver.cuModuleGetFunction(function, module, kernel));
    return function;
  }

  static CUdeviceptr allocate(long bytes) {
    CUdeviceptr address = new CUdeviceptr();
    ok(JCudaDriver.cuMemAlloc(address, bytes));
    return address;
  }

  static CUdeviceptr upload(float... values) {
    CUdeviceptr address = allocate(4L * values.length);
    ok(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(values), 4L * values.length));
    return address;
  }

  static CUdeviceptr upload(double... values) {
    CUdeviceptr address = allocate(8L * values.length);
    ok(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(values), 8L * values.length));
    return address;
  }

  static float[] floats(CUdeviceptr address, int length) {
    float[] values = new float[length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), address, 4L * length));
    return values;
  }

  static double[] doubles(CUdeviceptr address, int length) {
    double[] values = new double[length];
    ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), address, 8L * length));
    return values;
  }

  /** Launches; parameters are addresses, long, int, float or double. */
  static int launch(CUfunction function, int blocks, int threads, Object... parameters) {
    Pointer[] pointers =
        Arrays.stream(parameters).map(EmulatorTest::pointerTo).toArray(Pointer[]::new);
    return JCudaDriver.cuLaunchKernel(
        function, blocks, 1, 1, threads, 1, 1, 0, null, Pointer.to(pointers), null);
  }

  private static Pointer pointerTo(Object parameter) {
    if (parameter instanceof CUdeviceptr address) {
      return Pointer.to(address);
    } else if (parameter instanceof Long value) {
      return Pointer.to(new long[] {value});
    } else if (parameter instanceof Integer value) {
      return Pointer.to(new int[] {value});
    } else if (parameter instanceof Float value) {
      return Pointer.to(new float[] {value});
    }
    return Pointer.to(new double[] {(Double) parameter});
  }

  /** Launches, waits, and gives what the wait answers. */
  static int run(CUfunction function, int blocks, int threads, Object... parameters) {
    ok(launch(function, blocks, threads, parameters));
    return JCudaDriver.cuCtxSynchronize();
  }

  static void assertFault(int expected, int result, String... words) {
    assertEquals(CUresult.stringFor(expected), CUresult.stringFor(result), CudaEmulator::lastFault);
    for (String word : List.of(words)) {
      assertTrue(CudaEmulator.lastFault().contains(word), CudaEmulator::lastFault);
    }
  }
}
