package dev.rootmean.cuda;

import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/**
 * The driver's functions that this backend calls: all in CUDA 12.0, and called from here only. Each
 * gives its code, also where somebody else in the process has switched JCuda to exceptions ({@link
 * JCudaDriver#setExceptionsEnabled}).
 */
final class CudaDriver {
  private CudaDriver() {}

  // What a step or a copy is made of allocates nothing: written out, as a lambda is an object.

  static int cuCtxPushCurrent(CUcontext context) {
    try {
      return JCudaDriver.cuCtxPushCurrent(context);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuCtxPopCurrent(CUcontext popped) {
    try {
      return JCudaDriver.cuCtxPopCurrent(popped);
    } catch (CudaException e) {
      return code(e);
    }
  }

  /** Launches groups in one dimension. */
  static int cuLaunchKernel(
      CUfunction function, int groups, int threads, CUstream stream, Pointer arguments) {
    try {
      return JCudaDriver.cuLaunchKernel(
          function, groups, 1, 1, threads, 1, 1, 0, stream, arguments, null);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuMemcpyHtoDAsync(CUdeviceptr target, Pointer source, long bytes, CUstream stream) {
    try {
      return JCudaDriver.cuMemcpyHtoDAsync(target, source, bytes, stream);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuMemcpyDtoDAsync(
      CUdeviceptr target, CUdeviceptr source, long bytes, CUstream stream) {
    try {
      return JCudaDriver.cuMemcpyDtoDAsync(target, source, bytes, stream);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuMemsetD8Async(CUdeviceptr target, byte value, long bytes, CUstream stream) {
    try {
      return JCudaDriver.cuMemsetD8Async(target, value, bytes, stream);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuStreamSynchronize(CUstream stream) {
    try {
      return JCudaDriver.cuStreamSynchronize(stream);
    } catch (CudaException e) {
      return code(e);
    }
  }

  static int cuStreamQuery(CUstream stream) {
    return code(() -> JCudaDriver.cuStreamQuery(stream));
  }

  static int cuEventCreate(CUevent event, int flags) {
    return code(() -> JCudaDriver.cuEventCreate(event, flags));
  }

  static int cuEventRecord(CUevent event, CUstream stream) {
    return code(() -> JCudaDriver.cuEventRecord(event, stream));
  }

  static int cuEventQuery(CUevent event) {
    return code(() -> JCudaDriver.cuEventQuery(event));
  }

  static int cuEventSynchronize(CUevent event) {
    return code(() -> JCudaDriver.cuEventSynchronize(event));
  }

  static int cuEventDestroy(CUevent event) {
    return code(() -> JCudaDriver.cuEventDestroy(event));
  }

  static int cuCtxGetCurrent(CUcontext context) {
    return code(() -> JCudaDriver.cuCtxGetCurrent(context));
  }

  static int cuMemcpyHtoD(CUdeviceptr target, Pointer source, long bytes) {
    return code(() -> JCudaDriver.cuMemcpyHtoD(target, source, bytes));
  }

  static int cuMemcpyDtoH(Pointer target, CUdeviceptr source, long bytes) {
    return code(() -> JCudaDriver.cuMemcpyDtoH(target, source, bytes));
  }

  static int cuMemcpyDtoHAsync(Pointer target, CUdeviceptr source, long bytes, CUstream stream) {
    return code(() -> JCudaDriver.cuMemcpyDtoHAsync(target, source, bytes, stream));
  }

  static int cuMemAlloc(CUdeviceptr memory, long bytes) {
    return code(() -> JCudaDriver.cuMemAlloc(memory, bytes));
  }

  static int cuMemGetInfo(long[] free, long[] total) {
    return code(() -> JCudaDriver.cuMemGetInfo(free, total));
  }

  static int cuMemFree(CUdeviceptr memory) {
    return code(() -> JCudaDriver.cuMemFree(memory));
  }

  static int cuPointerGetAttribute(Pointer value, int attribute, CUdeviceptr memory) {
    return code(() -> JCudaDriver.cuPointerGetAttribute(value, attribute, memory));
  }

  static int cuMemAllocHost(Pointer memory, long bytes) {
    return code(() -> JCudaDriver.cuMemAllocHost(memory, bytes));
  }

  static int cuMemFreeHost(Pointer memory) {
    return code(() -> JCudaDriver.cuMemFreeHost(memory));
  }

  static int cuMemHostRegister(Pointer memory, long bytes, int flags) {
    return code(() -> JCudaDriver.cuMemHostRegister(memory, bytes, flags));
  }

  static int cuMemHostUnregister(Pointer memory) {
    return code(() -> JCudaDriver.cuMemHostUnregister(memory));
  }

  static int cuDriverGetVersion(int[] version) {
    return code(() -> JCudaDriver.cuDriverGetVersion(version));
  }

  static int cuInit(int flags) {
    return code(() -> JCudaDriver.cuInit(flags));
  }

  static int cuDeviceGetCount(int[] count) {
    return code(() -> JCudaDriver.cuDeviceGetCount(count));
  }

  static int cuDeviceGet(CUdevice device, int ordinal) {
    return code(() -> JCudaDriver.cuDeviceGet(device, ordinal));
  }

  static int cuDeviceGetName(byte[] name, CUdevice device) {
    return code(() -> JCudaDriver.cuDeviceGetName(name, name.length, device));
  }

  static int cuDeviceGetUuid(CUuuid uuid, CUdevice device) {
    return code(() -> JCudaDriver.cuDeviceGetUuid(uuid, device));
  }

  static int cuDeviceTotalMem(long[] bytes, CUdevice device) {
    return code(() -> JCudaDriver.cuDeviceTotalMem(bytes, device));
  }

  static int cuDeviceGetAttribute(int[] value, int attribute, CUdevice device) {
    return code(() -> JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
  }

  static int cuDevicePrimaryCtxRetain(CUcontext context, CUdevice device) {
    return code(() -> JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
  }

  static int cuDevicePrimaryCtxRelease(CUdevice device) {
    return code(() -> JCudaDriver.cuDevicePrimaryCtxRelease(device));
  }

  static int cuStreamCreate(CUstream stream, int flags) {
    return code(() -> JCudaDriver.cuStreamCreate(stream, flags));
  }

  static int cuStreamDestroy(CUstream stream) {
    return code(() -> JCudaDriver.cuStreamDestroy(stream));
  }

  static int cuModuleLoadDataEx(CUmodule module, Pointer image, JITOptions options) {
    return code(() -> JCudaDriver.cuModuleLoadDataJIT(module, image, options));
  }

  static int cuModuleUnload(CUmodule module) {
    return code(() -> JCudaDriver.cuModuleUnload(module));
  }

  static int cuModuleGetFunction(CUfunction function, CUmodule module, String name) {
    return code(() -> JCudaDriver.cuModuleGetFunction(function, module, name));
  }

  private static int code(IntSupplier call) {
    try {
      return call.getAsInt();
    } catch (CudaException e) {
      return code(e);
    }
  }

  /** The code behind JCuda's exception, which has its name alone. */
  private static int code(CudaException e) {
    Integer code = Names.CODES.get(e.getMessage());
    if (code == null) {
      throw e; // not of the driver
    }
    return code;
  }

  /** What JCuda calls the codes; it has words for those that it does not know, too. */
  private static final class Names {
    private static final Map<String, Integer> CODES =
        IntStream.range(1, 1000).boxed().collect(Collectors.toMap(CUresult::stringFor, c -> c));
  }
}
