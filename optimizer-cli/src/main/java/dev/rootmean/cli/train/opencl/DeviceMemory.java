package dev.rootmean.cli.train.opencl;

import org.jocl.Pointer;
import org.jocl.cl_mem;

/** Numbers of four bytes in a session's memory, which the session releases. */
public final class DeviceMemory {
  private final cl_mem handle;
  private final int length;
  private final Pointer argument;

  DeviceMemory(cl_mem handle, int length) {
    this.handle = handle;
    this.length = length;
    argument = Pointer.to(handle);
  }

  cl_mem handle() {
    return handle;
  }

  int length() {
    return length;
  }

  /** What a kernel's argument is set to. */
  Pointer argument() {
    return argument;
  }
}
