package dev.rootmean.cuda;

import dev.rootmean.ForeignMemory;
import dev.rootmean.ForeignMemory.Kind;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUpointer_attribute;
import jcuda.driver.CUresult;

/**
 * Where memory that another library owns lies, as the driver says: a kernel that meets a wrong
 * address costs everybody in the process the context.
 */
record ForeignPointer(ForeignMemory memory, CudaMemory pointer) {
  /** Refuses what is not memory of a device, in its primary context, from one end to the other. */
  void requireOn(FoundDevice device, CudaContext primary) {
    int ordinal = device.ordinal();
    long bytes = memory.length() * memory.dataType().bytes();
    String wrong = wrong(ordinal, bytes, primary);
    if (wrong != null) {
      throw new IllegalArgumentException(
          memory
              + ", "
              + wrong
              + ": expected "
              + bytes
              + " bytes in one allocation of CUDA device "
              + ordinal
              + ", in its primary context");
    }
  }

  /** What is wrong with it, or null. */
  private String wrong(int ordinal, long bytes, CudaContext primary) {
    if (memory.kind() != Kind.CUDA || memory.device() != ordinal) {
      return "given as memory of "
          + (memory.kind() == Kind.CUDA ? "device " + memory.device() : memory.kind());
    }
    CUcontext owner = new CUcontext(); // of memory from a pool none
    int code = attribute(Pointer.to(owner), CUpointer_attribute.CU_POINTER_ATTRIBUTE_CONTEXT);
    if (code == CUresult.CUDA_ERROR_INVALID_VALUE) {
      return "which the driver does not know: it was freed, or is the host's";
    }
    check(code);
    if (number(CUpointer_attribute.CU_POINTER_ATTRIBUTE_MEMORY_TYPE)
        != CUmemorytype.CU_MEMORYTYPE_DEVICE) {
      return "which is page-locked memory of the host";
    }
    long on = number(CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL);
    if (on != ordinal) {
      return "which is on device " + on;
    }
    if (!owner.equals(new CUcontext()) && !primary.is(owner)) {
      return "which belongs to another context";
    }
    long left =
        number(CUpointer_attribute.CU_POINTER_ATTRIBUTE_RANGE_START_ADDR)
            + number(CUpointer_attribute.CU_POINTER_ATTRIBUTE_RANGE_SIZE)
            - memory.address();
    return bytes > left ? "where an allocation ends after " + left + " bytes" : null;
  }

  private long number(int attribute) {
    long[] value = new long[1]; // some are of 32 bits, and no driver is big-endian
    check(attribute(Pointer.to(value), attribute));
    return value[0];
  }

  private int attribute(Pointer value, int attribute) {
    return CudaDriver.cuPointerGetAttribute(value, attribute, pointer);
  }

  private static void check(int code) {
    CudaErrors.check(code, "cuPointerGetAttribute");
  }
}
