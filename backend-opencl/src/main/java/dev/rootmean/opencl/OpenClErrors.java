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
      throw exception(code, operation, "failed", null);
    }
  }

  /**
   * As {@link #check}, for the clFinish that what is queued was waited for with. What is elsewhere
   * a plain lack of something is here how drivers tell of a kernel that died, NVIDIA's of an
   * illegal access or a watchdog. Whichever platform it is: which steps were done is unknown.
   */
  static void checkFinished(int code) {
    if (code == CL.CL_OUT_OF_RESOURCES) {
      throw lost(code, "clFinish", "what was queued has failed on the device", null);
    }
    check(code, "clFinish");
  }

  static DeviceLostException lost(int code, String operation, String reason, Throwable cause) {
    String name = code == CL.CL_SUCCESS ? "" : CL.stringFor_errorCode(code);
    return new DeviceLostException(
        BACKEND, operation, code, name, reason + ": close this backend and open a new one", cause);
  }

  static BackendException exception(int code, String operation, String reason, Throwable cause) {
    String name = CL.stringFor_errorCode(code);
    return switch (code) {
      case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
          CL.CL_OUT_OF_HOST_MEMORY,
          CL.CL_INVALID_BUFFER_SIZE ->
          new DeviceOutOfMemoryException(
              BACKEND, operation, code, name, "the device has too little memory left", cause);
      case CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_COMMAND_QUEUE, NVIDIA_ILLEGAL_ACCESS ->
          lost(code, operation, "the device was lost", cause);
      default -> new BackendException(BACKEND, operation, code, name, reason, cause);
    };
  }
}
