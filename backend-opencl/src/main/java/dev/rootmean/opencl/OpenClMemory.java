package dev.rootmean.opencl;

import dev.rootmean.ForeignMemory;
import java.util.Locale;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/**
 * An allocation, or memory of others. The pointer to its handle is made once, since a step may not
 * allocate.
 *
 * @param handle OpenCL's
 * @param bytes what it takes of the device's memory, 0 if it is others'
 * @param asArgument what a kernel's argument is set to
 */
record OpenClMemory(cl_mem handle, long bytes, Pointer asArgument) {
  /** Where vectors may begin. OpenCL's own allocations do; those in host memory need not. */
  private static final int VECTOR_BYTES = 16;

  OpenClMemory(cl_mem handle, long bytes) {
    this(handle, bytes, Pointer.to(handle));
  }

  /** Retains memory of others, if steps can read and write it. */
  static OpenClMemory wrap(OpenClQueue queue, ForeignMemory memory) {
    if (!(memory.handle() instanceof cl_mem handle)) {
      throw refused(memory, "its handle is %s: expected an org.jocl.cl_mem", memory.handle());
    }
    OpenClDriver driver = queue.driver();
    long context = query(driver, memory, handle, CL.CL_MEM_CONTEXT);
    if (context != queue.context().getNativePointer()) {
      throw refused(
          memory,
          "it is of context 0x%x: expected the backend's, 0x%x, which OpenCl.open can be given",
          context,
          queue.context().getNativePointer());
    }
    requireBuffer(driver, memory, handle);
    OpenClMemory wrapped = new OpenClMemory(handle, 0);
    OpenClErrors.check(driver.clRetainMemObject(handle), "clRetainMemObject");
    return wrapped;
  }

  private static void requireBuffer(OpenClDriver driver, ForeignMemory memory, cl_mem handle) {
    int type = (int) query(driver, memory, handle, CL.CL_MEM_TYPE);
    if (type != CL.CL_MEM_OBJECT_BUFFER) {
      throw refused(
          memory, "it is of type 0x%x: expected a buffer, 0x%x", type, CL.CL_MEM_OBJECT_BUFFER);
    }
    if (query(driver, memory, handle, CL.CL_MEM_ASSOCIATED_MEMOBJECT) != 0) {
      long origin = query(driver, memory, handle, CL.CL_MEM_OFFSET);
      throw refused(
          memory,
          "it is a sub-buffer: expected the buffer that it is a part of, from byte %d on",
          origin + memory.address());
    }
    long flags = query(driver, memory, handle, CL.CL_MEM_FLAGS);
    if ((flags & (CL.CL_MEM_READ_ONLY | CL.CL_MEM_WRITE_ONLY)) != 0) {
      throw refused(memory, "its flags are 0x%x: expected CL_MEM_READ_WRITE", flags);
    }
    long bytes = query(driver, memory, handle, CL.CL_MEM_SIZE);
    long end = memory.address() + memory.length() * memory.dataType().bytes();
    if (end > bytes) {
      throw refused(memory, "it has %d bytes: expected at least %d", bytes, end);
    }
    long host = query(driver, memory, handle, CL.CL_MEM_HOST_PTR);
    if (host % VECTOR_BYTES != 0) {
      throw refused(
          memory, "its host memory begins at 0x%x: expected a multiple of %d", host, VECTOR_BYTES);
    }
  }

  private static long query(OpenClDriver driver, ForeignMemory memory, cl_mem handle, int what) {
    byte[] value = new byte[Long.BYTES];
    int code = driver.clGetMemObjectInfo(handle, what, value);
    if (code == CL.CL_INVALID_MEM_OBJECT) {
      throw refused(memory, "its handle is %s: expected that of a memory object", handle);
    }
    OpenClErrors.check(code, "clGetMemObjectInfo");
    return FoundDevice.number(value);
  }

  private static IllegalArgumentException refused(
      ForeignMemory memory, String reason, Object... values) {
    return new IllegalArgumentException(memory + ": " + String.format(Locale.ROOT, reason, values));
  }
}
