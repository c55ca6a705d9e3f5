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

  /** So that a later exception can say more of the same failure, and not all of it twice. */
  @Test
  void theReasonIsTheMessageWithoutTheRest() {
    assertEquals("no driver", new BackendException("cuda", "open", "no driver", null).reason());
    BackendException lost =
        new DeviceLostException("cuda", "cuLaunchKernel", 719, "LAUNCH_FAILED", "it fell", null);
    assertEquals("it fell", lost.reason());
    assertEquals("cuda: cuLaunchKernel: it fell (LAUNCH_FAILED, 719)", lost.getMessage());
  }
}
