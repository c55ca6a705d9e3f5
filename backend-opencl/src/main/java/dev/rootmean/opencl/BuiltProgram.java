package dev.rootmean.opencl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A program's text, built for a device, and the kernels that were taken from it. */
final class BuiltProgram implements AutoCloseable {
  private final cl_program program;
  private final List<cl_kernel> kernels = new ArrayList<>();

  BuiltProgram(cl_context context, OpenClDevice device, String text) {
    int[] code = new int[1];
    program = CL.clCreateProgramWithSource(context, 1, new String[] {text}, null, code);
    OpenClErrors.check(code[0], "clCreateProgramWithSource");
    String options =
        "-cl-std=CL1.2"
            + (device.roundsCorrectly() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    cl_device_id[] devices = {device.id()};
    int built = CL.clBuildProgram(program, 1, devices, options, null, null);
    if (built != CL.CL_SUCCESS) {
      String log = log(device.id());
      close();
      throw OpenClErrors.exception(
          built, "clBuildProgram", device.name() + " does not build the kernel: " + log);
    }
  }

  private String log(cl_device_id device) {
    long[] size = new long[1];
    int what = CL.CL_PROGRAM_BUILD_LOG;
    if (CL.clGetProgramBuildInfo(program, device, what, 0, null, size) != CL.CL_SUCCESS) {
      return "(no log)";
    }
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetProgramBuildInfo(program, device, what, bytes.length, Pointer.to(bytes), null);
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** One of its kernels; if it cannot be had, all is closed. */
  cl_kernel kernel(String name) {
    int[] code = new int[1];
    cl_kernel kernel = CL.clCreateKernel(program, name, code);
    if (code[0] != CL.CL_SUCCESS) {
      close();
      throw OpenClErrors.exception(code[0], "clCreateKernel", "no kernel " + name);
    }
    kernels.add(kernel);
    return kernel;
  }

  @Override
  public void close() {
    kernels.forEach(CL::clReleaseKernel);
    CL.clReleaseProgram(program);
  }
}
