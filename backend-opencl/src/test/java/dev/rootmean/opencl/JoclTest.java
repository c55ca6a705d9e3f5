package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.kernels.KernelText;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every call that OpenCL refuses gives its code, whatever JOCL does with codes. */
class JoclTest {
  private static final int UNKNOWN = 0x7FFF;
  private static final long BYTES = 64;

  private final OpenClDriver jocl = new Jocl();
  private FoundDevice device;

  @BeforeEach
  void pocl() {
    Pocl.demand();
    device = Pocl.device();
  }

  @ParameterizedTest
  @EnumSource
  void everyCallGivesItsCode(JoclMode mode) {
    mode.during(this::queries);
    mode.during(() -> inQueue(this::programs));
    mode.during(() -> inQueue(this::kernels));
    mode.during(() -> inQueue(this::buffers));
    mode.during(() -> inQueue(this::aFailedBuildIsOneLineAndKeepsItsLog));
  }

  private void inQueue(Consumer<OpenClQueue> test) {
    try (OpenClQueue queue = OpenClQueue.open(jocl, device, OpenClQueue.Limits.OF_DRIVERS)) {
      test.accept(queue);
    }
  }

  private void queries() {
    byte[] number = new byte[Long.BYTES];
    assertEquals(
        CL.CL_INVALID_VALUE, jocl.clGetPlatformInfo(device.platform(), UNKNOWN, number, null));
    assertEquals(
        CL.CL_DEVICE_NOT_FOUND,
        jocl.clGetDeviceIDs(device.platform(), CL.CL_DEVICE_TYPE_GPU, null, new int[1]));
    assertEquals(CL.CL_INVALID_VALUE, jocl.clGetDeviceInfo(device.id(), UNKNOWN, number, null));
    assertEquals(
        CL.CL_INVALID_VALUE,
        jocl.clGetDeviceInfo(device.id(), UNKNOWN, new cl_platform_id[] {new cl_platform_id()}));
    assertEquals(CL.CL_INVALID_DEVICE, jocl.clRetainDevice(new cl_device_id()));
    assertEquals(CL.CL_INVALID_DEVICE, jocl.clReleaseDevice(new cl_device_id()));
    assertEquals(CL.CL_INVALID_CONTEXT, jocl.clRetainContext(new cl_context()));
    assertEquals(CL.CL_INVALID_COMMAND_QUEUE, jocl.clRetainCommandQueue(new cl_command_queue()));
    assertEquals(CL.CL_INVALID_MEM_OBJECT, jocl.clRetainMemObject(new cl_mem()));
  }

  private void programs(OpenClQueue queue) {
    cl_program faulty = jocl.clCreateProgramWithSource(queue.context(), "kernel void k(");
    assertEquals(CL.CL_BUILD_PROGRAM_FAILURE, jocl.clBuildProgram(faulty, device.id(), ""));
    assertEquals(
        CL.CL_INVALID_VALUE,
        jocl.clGetProgramBuildInfo(faulty, device.id(), UNKNOWN, new byte[8], null));
    assertEquals(CL.CL_SUCCESS, jocl.clReleaseProgram(faulty));
  }

  private void kernels(OpenClQueue queue) {
    String text = "kernel void k(global float *a) { a[0] = 1; }";
    try (BuiltProgram program = new BuiltProgram(queue, text)) {
      assertCode(CL.CL_INVALID_KERNEL_NAME, () -> program.kernel("other"));
      cl_kernel kernel = program.kernel("k");
      assertEquals(
          CL.CL_INVALID_ARG_INDEX,
          jocl.clSetKernelArg(kernel, 1, Long.BYTES, Pointer.to(new long[1])));
      long[] size = {KernelText.GROUP};
      assertEquals(
          CL.CL_INVALID_KERNEL_ARGS,
          jocl.clEnqueueNDRangeKernel(queue.handle(), kernel, size, size));
    }
  }

  private void buffers(OpenClQueue open) {
    cl_command_queue queue = open.handle();
    assertCode(CL.CL_INVALID_BUFFER_SIZE, () -> jocl.clCreateBuffer(open.context(), 0));
    cl_mem memory = jocl.clCreateBuffer(open.context(), BYTES);
    cl_mem other = jocl.clCreateBuffer(open.context(), BYTES);
    Pointer host = Pointer.to(new byte[(int) (2 * BYTES)]);
    int invalid = CL.CL_INVALID_VALUE;
    assertEquals(invalid, jocl.clGetCommandQueueInfo(queue, UNKNOWN, new byte[8]));
    assertEquals(invalid, jocl.clGetMemObjectInfo(memory, UNKNOWN, new byte[8]));
    assertEquals(invalid, jocl.clEnqueueFillBuffer(queue, memory, host, 4, 0, 2 * BYTES));
    assertEquals(invalid, jocl.clEnqueueWriteBuffer(queue, memory, 0, 2 * BYTES, host));
    assertEquals(invalid, jocl.clEnqueueReadBuffer(queue, memory, 0, 2 * BYTES, host));
    assertEquals(invalid, jocl.clEnqueueCopyBuffer(queue, memory, other, 0, 0, 2 * BYTES));
    cl_event end = jocl.clEnqueueMarkerWithWaitList(queue);
    assertEquals(invalid, jocl.clGetEventInfo(end, UNKNOWN, new int[1]));
    assertEquals(CL.CL_SUCCESS, jocl.clReleaseEvent(end));
    assertEquals(CL.CL_SUCCESS, jocl.clFlush(queue));
    assertEquals(CL.CL_SUCCESS, jocl.clFinish(queue));
    assertEquals(CL.CL_SUCCESS, jocl.clReleaseMemObject(memory));
    assertEquals(CL.CL_SUCCESS, jocl.clReleaseMemObject(other));
  }

  private void aFailedBuildIsOneLineAndKeepsItsLog(OpenClQueue queue) {
    String text = "kernel void k(global float *a) {\n  a[0] = 3x;\n  a[1] = b;\n}\n";
    BackendException refused =
        assertThrows(BackendException.class, () -> new BuiltProgram(queue, text));
    assertEquals(CL.CL_BUILD_PROGRAM_FAILURE, refused.nativeCode());
    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    assertTrue(refused.getMessage().contains("error"), refused.getMessage());
    String log = refused.getCause().getMessage();
    assertTrue(log.contains("invalid suffix 'x' on integer constant"), log);
    assertTrue(log.contains("undeclared identifier 'b'"), log);
  }

  private static void assertCode(int code, Supplier<?> call) {
    assertEquals(code, assertThrows(BackendException.class, call::get).nativeCode());
  }
}
