package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.emulator.CudaEmulator;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call gives the driver's code, whatever JCuda's switch says. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
@ExtendWith(EmulatedCuda.class)
class CudaDriverTest {
  private final boolean exceptions;

  CudaDriverTest(boolean exceptions) {
    this.exceptions = exceptions;
  }

  @BeforeEach
  void setMode() {
    EmulatedCuda.throwExceptions(exceptions);
  }

  @Test
  void everyCodeIsGivenAsItIs() {
    for (int code = 1; code < 1000; code++) {
      CudaEmulator.failCall("cuInit", 1, code);
      assertEquals(code, CudaDriver.cuInit(0));
    }
    assertEquals(0, CudaDriver.cuInit(0));
  }

  @Test
  void everyFunctionGivesACode() {
    CUdeviceptr memory = new CUdeviceptr();
    CUdevice device = new CUdevice();
    CUfunction function = new CUfunction();
    CUstream stream = new CUstream();
    CUevent event = new CUevent();
    CUmodule module = new CUmodule();
    Pointer host = Pointer.to(ByteBuffer.allocateDirect(1));
    Map<String, IntSupplier> calls = new TreeMap<>();
    calls.put("cuCtxPushCurrent", () -> CudaDriver.cuCtxPushCurrent(new CUcontext()));
    calls.put("cuCtxPopCurrent", () -> CudaDriver.cuCtxPopCurrent(new CUcontext()));
    calls.put("cuCtxGetCurrent", () -> CudaDriver.cuCtxGetCurrent(new CUcontext()));
    calls.put(
        "cuLaunchKernel",
        () -> CudaDriver.cuLaunchKernel(function, 1, 1, stream, Pointer.to(host)));
    calls.put("cuMemcpyDtoDAsync", () -> CudaDriver.cuMemcpyDtoDAsync(memory, memory, 1, stream));
    calls.put("cuMemsetD8Async", () -> CudaDriver.cuMemsetD8Async(memory, (byte) 0, 1, stream));
    calls.put("cuStreamQuery", () -> CudaDriver.cuStreamQuery(stream));
    calls.put("cuStreamSynchronize", () -> CudaDriver.cuStreamSynchronize(stream));
    calls.put("cuMemcpyHtoDAsync", () -> CudaDriver.cuMemcpyHtoDAsync(memory, host, 1, stream));
    calls.put("cuMemcpyHtoD", () -> CudaDriver.cuMemcpyHtoD(memory, host, 1));
    calls.put("cuMemcpyDtoH", () -> CudaDriver.cuMemcpyDtoH(host, memory, 1));
    calls.put("cuMemcpyDtoHAsync", () -> CudaDriver.cuMemcpyDtoHAsync(host, memory, 1, stream));
    calls.put("cuEventCreate", () -> CudaDriver.cuEventCreate(event, 0));
    calls.put("cuEventRecord", () -> CudaDriver.cuEventRecord(event, stream));
    calls.put("cuEventQuery", () -> CudaDriver.cuEventQuery(event));
    calls.put("cuEventSynchronize", () -> CudaDriver.cuEventSynchronize(event));
    calls.put("cuEventDestroy", () -> CudaDriver.cuEventDestroy(event));
    calls.put("cuMemAlloc", () -> CudaDriver.cuMemAlloc(memory, 1));
    calls.put("cuMemGetInfo", () -> CudaDriver.cuMemGetInfo(new long[1], new long[1]));
    calls.put("cuMemFree", () -> CudaDriver.cuMemFree(memory));
    calls.put("cuPointerGetAttribute", () -> CudaDriver.cuPointerGetAttribute(host, 2, memory));
    calls.put("cuMemAllocHost", () -> CudaDriver.cuMemAllocHost(new Pointer(), 1));
    calls.put("cuMemFreeHost", () -> CudaDriver.cuMemFreeHost(host));
    calls.put("cuMemHostRegister", () -> CudaDriver.cuMemHostRegister(host, 1, 0));
    calls.put("cuMemHostUnregister", () -> CudaDriver.cuMemHostUnregister(host));
    calls.put("cuDriverGetVersion", () -> CudaDriver.cuDriverGetVersion(new int[1]));
    calls.put("cuInit", () -> CudaDriver.cuInit(0));
    calls.put("cuDeviceGetCount", () -> CudaDriver.cuDeviceGetCount(new int[1]));
    calls.put("cuDeviceGet", () -> CudaDriver.cuDeviceGet(device, 0));
    calls.put("cuDeviceGetName", () -> CudaDriver.cuDeviceGetName(new byte[1], device));
    calls.put("cuDeviceGetUuid", () -> CudaDriver.cuDeviceGetUuid(new CUuuid(), device));
    calls.put("cuDeviceTotalMem", () -> CudaDriver.cuDeviceTotalMem(new long[1], device));
    calls.put("cuDeviceGetAttribute", () -> CudaDriver.cuDeviceGetAttribute(new int[1], 1, device));
    calls.put(
        "cuDevicePrimaryCtxRetain",
        () -> CudaDriver.cuDevicePrimaryCtxRetain(new CUcontext(), device));
    calls.put("cuDevicePrimaryCtxRelease", () -> CudaDriver.cuDevicePrimaryCtxRelease(device));
    calls.put("cuStreamCreate", () -> CudaDriver.cuStreamCreate(stream, 0));
    calls.put("cuStreamDestroy", () -> CudaDriver.cuStreamDestroy(stream));
    calls.put(
        "cuModuleLoadDataEx", () -> CudaDriver.cuModuleLoadDataEx(module, host, new JITOptions()));
    calls.put("cuModuleUnload", () -> CudaDriver.cuModuleUnload(module));
    calls.put(
        "cuModuleGetFunction", () -> CudaDriver.cuModuleGetFunction(function, module, "name"));
    calls.forEach(
        (name, call) -> {
          CudaEmulator.failCall(name, 1, 304);
          assertEquals(304, call.getAsInt(), name);
        });
    Set<String> functions = new TreeSet<>();
    for (Method method : CudaDriver.class.getDeclaredMethods()) {
      if (method.getName().startsWith("cu")) {
        functions.add(method.getName());
      }
    }
    assertEquals(functions, calls.keySet(), "each function has its call");
  }

  @Test
  void theSwitchIsWhatTheTestSays() {
    CudaEmulator.failCall("cuInit", 1, 304);
    if (exceptions) {
      assertThrows(CudaException.class, () -> JCudaDriver.cuInit(0));
    } else {
      assertEquals(304, JCudaDriver.cuInit(0));
    }
  }
}
