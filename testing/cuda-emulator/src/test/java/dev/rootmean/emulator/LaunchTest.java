package dev.rootmean.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a launch is refused for, before anything runs. */
class LaunchTest extends EmulatorTest {
  private static CUfunction withDirective(String directive) {
    String text = head("6.3", 75) + ".visible .entry k()\n" + directive + "\n{\nret;\n}\n";
    return load(text, "k");
  }

  private static int launchGrid(int x, int y, int z, int threadsX, int threadsY, int threadsZ) {
    CUfunction function = withDirective("");
    return JCudaDriver.cuLaunchKernel(
        function, x, y, z, threadsX, threadsY, threadsZ, 0, null, null, null);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,1024,1,1,0",
    "1,1,1,16,16,4,0",
    "1,1,1,1025,1,1,1",
    "1,1,1,32,33,1,1",
    "1,1,1,1,1,65,1",
    "1,1,1,0,1,1,1",
    "0,1,1,1,1,1,1",
    "1,0,1,1,1,1,1",
    "1,65536,1,1,1,1,1",
    "1,1,65536,1,1,1,1"
  })
  void gridAndBlockStayInsideTheDevice(
      int x, int y, int z, int threadsX, int threadsY, int threadsZ, int expected) {
    assertEquals(expected, launchGrid(x, y, z, threadsX, threadsY, threadsZ));
  }

  @Test
  void aBlockStaysBelowMaxntid() {
    CUfunction function = withDirective(".maxntid 128, 2, 1");
    int[] most = {0};
    int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK;
    ok(JCudaDriver.cuFuncGetAttribute(most, attribute, function));
    assertEquals(256, most[0]);
    ok(run(function, 1, 256));
    assertEquals(1, launch(function, 1, 257));
  }

  @Test
  void aBlockIsWhatReqntidSays() {
    CUfunction function = withDirective(".reqntid 128, 2");
    ok(JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 128, 2, 1, 0, null, null, null));
    assertEquals(1, launch(function, 1, 256));
    assertEquals(1, launch(function, 1, 128));
  }

  /** Launches COPY with its parameters in one buffer, of which the driver is told the size. */
  private static int launchFromBuffer(CUfunction copy, long... parameters) {
    Pointer extra =
        Pointer.to(
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_POINTER,
            Pointer.to(parameters),
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_SIZE,
            Pointer.to(new long[] {8L * parameters.length}),
            JCudaDriver.CU_LAUNCH_PARAM_END);
    return JCudaDriver.cuLaunchKernel(copy, 1, 1, 1, 32, 1, 1, 0, null, null, extra);
  }

  @Test
  void aBufferHoldsTheParametersAndNothingElse() {
    CUfunction copy = load(COPY, "copy");
    ok(launchFromBuffer(copy, 0, 0, 0));
    assertEquals(1, launchFromBuffer(copy, 0, 0));
    assertEquals(1, launchFromBuffer(copy, 0, 0, 0, 0));
    ok(JCudaDriver.cuCtxSynchronize());
  }

  @Test
  void everyParameterMustBeThere() {
    CUfunction copy = load(COPY, "copy");
    CUdeviceptr target = upload(0f);
    Pointer here = Pointer.to(target);
    Pointer missing = Pointer.to(here, here, new Pointer());
    Pointer all = Pointer.to(here, here, Pointer.to(new long[1]));
    Pointer end = Pointer.to(JCudaDriver.CU_LAUNCH_PARAM_END);
    assertEquals(1, JCudaDriver.cuLaunchKernel(copy, 1, 1, 1, 32, 1, 1, 0, null, missing, null));
    assertEquals(1, JCudaDriver.cuLaunchKernel(copy, 1, 1, 1, 32, 1, 1, 0, null, null, null));
    assertEquals(1, JCudaDriver.cuLaunchKernel(copy, 1, 1, 1, 32, 1, 1, 0, null, all, end));
    ok(JCudaDriver.cuLaunchKernel(copy, 1, 1, 1, 32, 1, 1, 0, null, all, null));
    assertArrayEquals(new float[] {0}, floats(target, 1));
  }

  @Test
  void aDestroyedStreamIsRefused() {
    CUstream stream = new CUstream();
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    CUfunction function = withDirective("");
    ok(JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream, null, null));
    ok(JCudaDriver.cuStreamDestroy(stream));
    assertEquals(
        400, JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream, null, null));
  }
}
