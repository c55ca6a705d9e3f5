package dev.rootmean.cuda;

import dev.rootmean.BackendException;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/** A device's primary context, with one stream and the kernels in it. */
final class CudaContext implements AutoCloseable {
  private static final int LOG_BYTES = 8192;

  private final CudaDevice device;
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final CUmodule kernels = new CUmodule();

  CudaContext(CudaDevice device, String ptx) {
    this.device = device;
    CudaErrors.check(
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device.handle()), "cuDevicePrimaryCtxRetain");
    try {
      makeCurrent();
      // It waits for the legacy stream, in which a copy from pageable memory may end after its
      // call.
      CudaErrors.check(JCudaDriver.cuStreamCreate(stream, 0), "cuStreamCreate");
      try {
        compile(ptx);
      } catch (RuntimeException e) {
        JCudaDriver.cuStreamDestroy(stream);
        throw e;
      }
    } catch (RuntimeException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device.handle());
      throw e;
    }
  }

  private void compile(String ptx) {
    byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
    JITOptions options = new JITOptions();
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
    int code = JCudaDriver.cuModuleLoadDataJIT(kernels, Pointer.to(text), options);
    if (code != CUresult.CUDA_SUCCESS) {
      throw refused(code, options.getString(CUjit_option.CU_JIT_ERROR_LOG_BUFFER));
    }
  }

  private BackendException refused(int code, String log) {
    String first = log.lines().map(String::strip).filter(s -> !s.isEmpty()).findFirst().orElse("");
    String reason = "the driver refuses the kernels for " + device.name();
    return CudaErrors.exception(
        code, "cuModuleLoadDataEx", first.isEmpty() ? reason : reason + ": " + first);
  }

  /** Contexts are current for a thread, and the next call may come from any. */
  void makeCurrent() {
    CudaErrors.check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  CUstream stream() {
    return stream;
  }

  CUfunction kernel(String name) {
    CUfunction function = new CUfunction();
    CudaErrors.check(
        JCudaDriver.cuModuleGetFunction(function, kernels, name), "cuModuleGetFunction");
    return function;
  }

  /** Whatever fails: of a lost context nothing but its release has an effect. */
  @Override
  public void close() {
    JCudaDriver.cuCtxSetCurrent(context);
    JCudaDriver.cuModuleUnload(kernels);
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuCtxSetCurrent(new CUcontext()); // none: a released one must not stay current
    JCudaDriver.cuDevicePrimaryCtxRelease(device.handle());
  }
}
