package dev.rootmean.opencl;

import java.util.Locale;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_program;

/** A child JVM's main class: runs its argument as a kernel's body, on n floats called a. */
final class PlantedKernel {
  private static final int N = 512;

  private PlantedKernel() {}

  @SuppressWarnings("deprecation") // as in the backend
  public static void main(String[] body) {
    JoclLibrary.load();
    CL.setExceptionsEnabled(true);
    FoundDevice device = FoundDevice.find(new Jocl(), true).devices().get(0);
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
    cl_device_id[] devices = {device.id()};
    cl_context context = CL.clCreateContext(properties, 1, devices, null, null, null);
    cl_command_queue queue = CL.clCreateCommandQueue(context, device.id(), 0, null);
    String text =
        String.format(
            Locale.ROOT,
            "kernel void planted(global float *a) { const int n = %d, i = get_global_id(0); %s; }",
            N,
            body[0]);
    cl_program program = CL.clCreateProgramWithSource(context, 1, new String[] {text}, null, null);
    CL.clBuildProgram(program, 0, null, null, null, null);
    cl_kernel kernel = CL.clCreateKernel(program, "planted", null);
    long bytes = (long) N * Float.BYTES;
    cl_mem a = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null);
    float[] zeros = new float[N];
    CL.clEnqueueWriteBuffer(queue, a, true, 0, bytes, Pointer.to(zeros), 0, null, null);
    CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(a));
    CL.clEnqueueNDRangeKernel(
        queue, kernel, 1, null, new long[] {N}, new long[] {256}, 0, null, null);
    CL.clFinish(queue);
    System.out.println("ran: " + device.description());
  }
}
