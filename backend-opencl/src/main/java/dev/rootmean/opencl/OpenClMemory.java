package dev.rootmean.opencl;

import org.jocl.Pointer;
import org.jocl.cl_mem;

/**
 * An allocation. The pointer to its handle is made once, since a step may not allocate.
 *
 * @param handle OpenCL's
 * @param bytes its size
 * @param asArgument what a kernel's argument is set to
 */
record OpenClMemory(cl_mem handle, long bytes, Pointer asArgument) {
  OpenClMemory(cl_mem handle, long bytes) {
    this(handle, bytes, Pointer.to(handle));
  }
}
