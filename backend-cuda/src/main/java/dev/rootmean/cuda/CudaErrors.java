package dev.rootmean.cuda;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
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
    return isLoss(code)
        ? lost(code, operation, "the device was lost")
        : other(code, operation, reason);
  }

  /** As above, for a code that one of the steps in the queue may have caused. */
  static BackendException exception(int code, String operation, PendingSteps pending) {
    return isLoss(code) && !pending.isEmpty()
        ? lost(code, operation, "the device was lost in " + pending)
        : exception(code, operation, "failed");
  }

  private static BackendException lost(int code, String operation, String reason) {
    return new DeviceLostException(
        BACKEND, operation, code, CUresult.stringFor(code), reason, null);
  }

  private static BackendException other(int code, String operation, String reason) {
    String name = CUresult.stringFor(code);
    return code == CUresult.CUDA_ERROR_OUT_OF_MEMORY
        ? new DeviceOutOfMemoryException(
            BACKEND, operation, code, name, "the device has too little memory left", null)
        : new BackendException(BACKEND, operation, code, name, reason, null);
  }

  /** Whether the driver gives this code to every later call on the context, too. */
  static boolean isLoss(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_UNKNOWN ->
          true;
      default -> false;
    };
  }
}
