package dev.rootmean.opencl;

import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;

/**
 * The one place that calls OpenCL through JOCL. Anybody in the process may have JOCL throw
 * exceptions of its own ({@link CL#setExceptionsEnabled}); here a code is a code either way. What
 * steps and releases are made of has no lambda that captures, since such a one is allocated.
 */
final class Jocl implements OpenClDriver {
  @Override
  public int clGetPlatformIDs(cl_platform_id[] platforms, int[] count) {
    int length = platforms == null ? 0 : platforms.length;
    return code(() -> CL.clGetPlatformIDs(length, platforms, count));
  }

  @Override
  public int clGetPlatformInfo(cl_platform_id platform, int what, byte[] value, long[] size) {
    return code(() -> CL.clGetPlatformInfo(platform, what, length(value), pointer(value), size));
  }

  @Override
  public int clGetDeviceIDs(
      cl_platform_id platform, long types, cl_device_id[] devices, int[] count) {
    int length = devices == null ? 0 : devices.length;
    return code(() -> CL.clGetDeviceIDs(platform, types, length, devices, count));
  }

  @Override
  public int clGetDeviceInfo(cl_device_id device, int what, byte[] value, long[] size) {
    return code(() -> CL.clGetDeviceInfo(device, what, length(value), pointer(value), size));
  }

  @Override
  public int clGetDeviceInfo(cl_device_id device, int what, cl_platform_id[] value) {
    Pointer pointer = Pointer.to(value);
    return code(() -> CL.clGetDeviceInfo(device, what, Sizeof.cl_platform_id, pointer, null));
  }

  @Override
  public int clRetainDevice(cl_device_id device) {
    return code(CL::clRetainDevice, device);
  }

  @Override
  public int clReleaseDevice(cl_device_id device) {
    return code(CL::clReleaseDevice, device);
  }

  @Override
  public cl_context clCreateContext(cl_platform_id platform, cl_device_id device) {
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
    cl_device_id[] devices = {device};
    return created(
        "clCreateContext", code -> CL.clCreateContext(properties, 1, devices, null, null, code));
  }

  @Override
  public int clRetainContext(cl_context context) {
    return code(CL::clRetainContext, context);
  }

  @Override
  public int clReleaseContext(cl_context context) {
    return code(CL::clReleaseContext, context);
  }

  @Override
  @SuppressWarnings("deprecation") // what replaces it is missing on macOS
  public cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device) {
    return created(
        "clCreateCommandQueue", code -> CL.clCreateCommandQueue(context, device, 0, code));
  }

  @Override
  public int clGetCommandQueueInfo(cl_command_queue queue, int what, byte[] value) {
    return code(() -> CL.clGetCommandQueueInfo(queue, what, length(value), pointer(value), null));
  }

  @Override
  public int clRetainCommandQueue(cl_command_queue queue) {
    return code(CL::clRetainCommandQueue, queue);
  }

  @Override
  public int clReleaseCommandQueue(cl_command_queue queue) {
    return code(CL::clReleaseCommandQueue, queue);
  }

  @Override
  public cl_program clCreateProgramWithSource(cl_context context, String text) {
    String[] texts = {text};
    return created(
        "clCreateProgramWithSource",
        code -> CL.clCreateProgramWithSource(context, 1, texts, null, code));
  }

  @Override
  public int clReleaseProgram(cl_program program) {
    return code(CL::clReleaseProgram, program);
  }

  @Override
  public int clBuildProgram(cl_program program, cl_device_id device, String options) {
    cl_device_id[] devices = {device};
    return code(() -> CL.clBuildProgram(program, 1, devices, options, null, null));
  }

  @Override
  public int clGetProgramBuildInfo(
      cl_program program, cl_device_id device, int what, byte[] value, long[] size) {
    return code(
        () -> CL.clGetProgramBuildInfo(program, device, what, length(value), pointer(value), size));
  }

  @Override
  public cl_kernel clCreateKernel(cl_program program, String name) {
    return created("clCreateKernel", code -> CL.clCreateKernel(program, name, code));
  }

  @Override
  public int clReleaseKernel(cl_kernel kernel) {
    return code(CL::clReleaseKernel, kernel);
  }

  @Override
  public int clSetKernelArg(cl_kernel kernel, int index, long bytes, Pointer value) {
    try {
      return CL.clSetKernelArg(kernel, index, bytes, value);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public int clEnqueueNDRangeKernel(
      cl_command_queue queue, cl_kernel kernel, long[] globalSize, long[] groupSize) {
    try {
      return CL.clEnqueueNDRangeKernel(
          queue, kernel, 1, null, globalSize, groupSize, 0, null, null);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public cl_mem clCreateBuffer(cl_context context, long bytes) {
    return created(
        "clCreateBuffer",
        code -> CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, code));
  }

  @Override
  public int clGetMemObjectInfo(cl_mem memory, int what, byte[] value) {
    return code(() -> CL.clGetMemObjectInfo(memory, what, length(value), pointer(value), null));
  }

  @Override
  public int clRetainMemObject(cl_mem memory) {
    return code(CL::clRetainMemObject, memory);
  }

  @Override
  public int clReleaseMemObject(cl_mem memory) {
    return code(CL::clReleaseMemObject, memory);
  }

  @Override
  public int clEnqueueFillBuffer(
      cl_command_queue queue,
      cl_mem memory,
      Pointer pattern,
      long patternBytes,
      long offset,
      long bytes) {
    try {
      return CL.clEnqueueFillBuffer(
          queue, memory, pattern, patternBytes, offset, bytes, 0, null, null);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public int clEnqueueWriteBuffer(
      cl_command_queue queue, cl_mem target, long offset, long bytes, Pointer source) {
    try {
      return CL.clEnqueueWriteBuffer(queue, target, true, offset, bytes, source, 0, null, null);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public int clEnqueueReadBuffer(
      cl_command_queue queue, cl_mem source, long offset, long bytes, Pointer target) {
    try {
      return CL.clEnqueueReadBuffer(queue, source, true, offset, bytes, target, 0, null, null);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public int clEnqueueCopyBuffer(
      cl_command_queue queue,
      cl_mem source,
      cl_mem target,
      long sourceOffset,
      long targetOffset,
      long bytes) {
    try {
      return CL.clEnqueueCopyBuffer(
          queue, source, target, sourceOffset, targetOffset, bytes, 0, null, null);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  @Override
  public cl_event clEnqueueMarkerWithWaitList(cl_command_queue queue) {
    cl_event marker = new cl_event();
    OpenClErrors.check(
        code(() -> CL.clEnqueueMarkerWithWaitList(queue, 0, null, marker)),
        "clEnqueueMarkerWithWaitList");
    return marker;
  }

  @Override
  public int clGetEventInfo(cl_event event, int what, int[] value) {
    return code(() -> CL.clGetEventInfo(event, what, Sizeof.cl_int, Pointer.to(value), null));
  }

  @Override
  public int clReleaseEvent(cl_event event) {
    return code(CL::clReleaseEvent, event);
  }

  @Override
  public int clFlush(cl_command_queue queue) {
    return code(CL::clFlush, queue);
  }

  @Override
  public int clFinish(cl_command_queue queue) {
    return code(CL::clFinish, queue);
  }

  private static int code(IntSupplier call) {
    try {
      return call.getAsInt();
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  private static <T> int code(ToIntFunction<T> call, T handle) {
    try {
      return call.applyAsInt(handle);
    } catch (CLException e) {
      return e.getStatus();
    }
  }

  private static <T> T created(String call, Function<int[], T> creator) {
    int[] code = new int[1];
    T handle = null;
    try {
      handle = creator.apply(code);
    } catch (CLException e) {
      code[0] = e.getStatus();
    }
    OpenClErrors.check(code[0], call);
    return handle;
  }

  private static long length(byte[] value) {
    return value == null ? 0 : value.length;
  }

  private static Pointer pointer(byte[] value) {
    return value == null ? null : Pointer.to(value);
  }
}
