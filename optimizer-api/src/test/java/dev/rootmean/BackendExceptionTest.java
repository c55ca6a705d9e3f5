package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class BackendExceptionTest {
  @Test
  void theMessageSaysWhoWhatAndWhy() {
    assertEquals(
        "cuda: open: no driver",
        new BackendException("cuda", "open", "no driver", null).getMessage());
  }

  @Test
  void theMessageEndsWithTheNativeCode() {
    Throwable cause = new Throwable();
    BackendException e =
        new DeviceOutOfMemoryException(
            "opencl", "clCreateBuffer", -4, "CL_MEM_OBJECT_ALLOCATION_FAILURE", "too big", cause);
    assertEquals(
        "opencl: clCreateBuffer: too big (CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)", e.getMessage());
    assertEquals("opencl", e.backend());
    assertEquals("clCreateBuffer", e.operation());
    assertEquals(-4, e.nativeCode());
    assertEquals("CL_MEM_OBJECT_ALLOCATION_FAILURE", e.nativeCodeName());
    assertSame(cause, e.getCause());
  }
}
