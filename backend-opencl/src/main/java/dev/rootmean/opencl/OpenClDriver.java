package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;

/**
 * The native calls that this backend makes, under OpenCL's names and without the arguments that it
 * never uses. Each returns OpenCL's code, and throws nothing for it; what creates a handle returns
 * that, and throws {@link BackendException} if there is none. Where nothing fails, nothing is
 * allocated on the Java heap but for handles.
 */
interface OpenClDriver {
  int clGetPlatformIDs(cl_platform_id[] platforms, int[] count);

  int clGetPlatformInfo(cl_platform_id platform, int what, byte[] value, long[] size);

  int clGetDeviceIDs(cl_platform_id platform, long types, cl_device_id[] devices, int[] count);

  int clGetDeviceInfo(cl_device_id device, int what, byte[] value, long[] size);

  /** The device's platform, {@code CL_DEVICE_PLATFORM}. */
  int clGetDeviceInfo(cl_device_id device, int what, cl_platform_id[] value);

  int clRetainDevice(cl_device_id device);

  int clReleaseDevice(cl_device_id device);

  cl_context clCreateContext(cl_platform_id platform, cl_device_id device);

  int clRetainContext(cl_context context);

  int clReleaseContext(cl_context context);

  /** An in-order queue. */
  cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device);

  int clGetCommandQueueInfo(cl_command_queue queue, int what, byte[] value);

  int clRetainCommandQueue(cl_command_queue queue);

  int clReleaseCommandQueue(cl_command_queue queue);

  cl_program clCreateProgramWithSource(cl_context context, String text);

  int clReleaseProgram(cl_program program);

  int clBuildProgram(cl_program program, cl_device_id device, String options);

  int clGetProgramBuildInfo(
      cl_program program, cl_device_id device, int what, byte[] value, long[] size);

  cl_kernel clCreateKernel(cl_program program, String name);

  int clReleaseKernel(cl_kernel kernel);

  int clSetKernelArg(cl_kernel kernel, int index, long bytes, Pointer value);

  int clEnqueueNDRangeKernel(
      cl_command_queue queue, cl_kernel kernel, long[] globalSize, long[] groupSize);

  cl_mem clCreateBuffer(cl_context context, long bytes);

  int clGetMemObjectInfo(cl_mem memory, int what, byte[] value);

  int clRetainMemObject(cl_mem memory);

  int clReleaseMemObject(cl_mem memory);

  int clEnqueueFillBuffer(
      cl_command_queue queue,
      cl_mem memory,
      Pointer pattern,
      long patternBytes,
      long offset,
      long bytes);

  /** Returns when all is copied. */
  int clEnqueueWriteBuffer(
      cl_command_queue queue, cl_mem target, long offset, long bytes, Pointer source);

  /** Returns when all is copied. */
  int clEnqueueReadBuffer(
      cl_command_queue queue, cl_mem source, long offset, long bytes, Pointer target);

  int clEnqueueCopyBuffer(
      cl_command_queue queue,
      cl_mem source,
      cl_mem target,
      long sourceOffset,
      long targetOffset,
      long bytes);

  /** Of what is queued so far, with no event to wait for. */
  cl_event clEnqueueMarkerWithWaitList(cl_command_queue queue);

  int clGetEventInfo(cl_event event, int what, int[] value);

  int clReleaseEvent(cl_event event);

  int clFlush(cl_command_queue queue);

  int clFinish(cl_command_queue queue);
}
