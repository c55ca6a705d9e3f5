package dev.rootmean.cuda;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import java.util.Locale;
import jcuda.driver.CUresult;

/** Turns the driver's codes into exceptions. */
final class CudaErrors {
  static final String BACKEND = "cuda";

  private CudaErrors() {}

  /** Throws unless the code is success. */
  static void check(int code, String operation) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw exception(code, operation, "failed");
    }
  }

  /** The exception for a code; the reason is told unless the code itself is one. */
  static BackendException exception(int code, String operation, String reason) {
    CudaCode known = CudaCode.of(code);
    String remedy = known == null ? "" : "; " + known.remedy();
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return new DeviceOutOfMemoryException(
          BACKEND, operation, code, name(code), "the device has too little memory left", null);
    }
    return CudaCode.isLoss(code)
        ? lost(code, operation, "the device was lost" + remedy)
        : new BackendException(BACKEND, operation, code, name(code), reason + remedy, null);
  }

  /** As {@link #check}, of a call that page-locks memory of the host's. */
  static void checkPageLocked(int code, String operation, long bytes) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw notPageLocked(code, operation, bytes);
    }
  }

  /** The exception for a code other than success of such a call. */
  static BackendException notPageLocked(int code, String operation, long bytes) {
    String reason =
        String.format(Locale.ROOT, "%,d bytes of the host's memory cannot be page-locked", bytes);
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return new DeviceOutOfMemoryException(
          BACKEND, operation, code, name(code), reason + "; free some", null);
    }
    return exception(code, operation, reason);
  }

  /** As {@link #check}, before a backend has queued anything: it broke no context. */
  static void checkOpening(int code, String operation) {
    CudaCode known = CudaCode.of(code);
    if (known != null && known.breaksTheContext()) {
      String reason = "something in this process has broken the GPU's context before; ";
      throw lost(code, operation, reason + known.remedy());
    }
    check(code, operation);
  }

  static BackendException lost(int code, String operation, String reason) {
    return new DeviceLostException(BACKEND, operation, code, name(code), reason, null);
  }

  /** As in cuda.h, also of those that JCuda does not know. */
  static String name(int code) {
    CudaCode known = CudaCode.of(code);
    return known == null ? CUresult.stringFor(code) : "CUDA_ERROR_" + known;
  }
}
