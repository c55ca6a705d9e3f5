package dev.rootmean.opencl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A program's text, built for a device, and the kernels that were taken from it. */
final class BuiltProgram implements AutoCloseable {
  private final OpenClDriver driver;
  private final FoundDevice device;
  private final cl_program program;
  private final List<cl_kernel> kernels = new ArrayList<>();

  BuiltProgram(OpenClQueue queue, String text) {
    driver = queue.driver();
    device = queue.device();
    program = driver.clCreateProgramWithSource(queue.context(), text);
    try {
      build();
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private void build() {
    String options =
        "-cl-std=CL1.2"
            + (device.roundsCorrectly() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    int code = driver.clBuildProgram(program, device.id(), options);
    if (code != CL.CL_SUCCESS) {
      String log = log(device.id());
      String reason = device.name() + " does not build the kernels: " + firstError(log);
      if (device.isPocl() && !PoclHazards.signalsAreChained()) {
        reason += "; " + PoclHazards.signalRemedy();
      }
      throw OpenClErrors.exception(
          code, "clBuildProgram", reason, new IllegalArgumentException("the build log: " + log));
    }
  }

  private String log(cl_device_id id) {
    long[] size = new long[1];
    int what = CL.CL_PROGRAM_BUILD_LOG;
    if (driver.clGetProgramBuildInfo(program, id, what, null, size) != CL.CL_SUCCESS) {
      return "(no log)";
    }
    byte[] bytes = new byte[(int) size[0]];
    driver.clGetProgramBuildInfo(program, id, what, bytes, null);
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** The line of a log that says most, as reasons are one line. */
  private static String firstError(String log) {
    return log.lines()
        .filter(line -> line.contains("error"))
        .findFirst()
        .or(() -> log.lines().findFirst())
        .map(String::strip)
        .orElse("(the log is empty)");
  }

  /** One of its kernels, which is released with it. */
  cl_kernel kernel(String name) {
    cl_kernel kernel = driver.clCreateKernel(program, name);
    kernels.add(kernel);
    return kernel;
  }

  @Override
  public void close() {
    for (cl_kernel kernel : kernels) {
      driver.clReleaseKernel(kernel);
    }
    driver.clReleaseProgram(program);
  }
}
