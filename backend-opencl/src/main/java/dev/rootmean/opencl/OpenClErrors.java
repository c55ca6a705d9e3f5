package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import org.jocl.CL;

/** Turns OpenCL's codes into exceptions. */
final class OpenClErrors {
  static final String BACKEND = "opencl";

  /** What NVIDIA's OpenCL gives for an illegal access; the context is unusable afterwards. */
  private static final int NVIDIA_ILLEGAL_ACCESS = -9999;

  private OpenClErrors() {}

  /** Throws unless the code is success. */
  static void check(int code, String operation) {
    if (code != CL.CL_SUCCESS) {
      throw exception(code, operation, "failed");
    }
  }

  static BackendException exception(int code, String operation, String reason) {
    String name = CL.stringFor_errorCode(code);
    return switch (code) {
      case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
          CL.CL_OUT_OF_HOST_MEMORY,
          CL.CL_INVALID_BUFFER_SIZE ->
          new DeviceOutOfMemoryException(
              BACKEND, operation, code, name, "the device has too little memory left", null);
      case CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_COMMAND_QUEUE, NVIDIA_ILLEGAL_ACCESS ->
          new DeviceLostException(BACKEND, operation, code, name, "the device was lost", null);
      default -> new BackendException(BACKEND, operation, code, name, reason, null);
    };
  }
}
