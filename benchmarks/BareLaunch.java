import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;

/** The plain kernel through JOCL and nothing else: arguments set once, then only launches. */
final class BareLaunch implements AutoCloseable {
  private final cl_context context;
  private final cl_command_queue queue;
  private final cl_kernel kernel;
  private final long[] groupSize = {KernelText.GROUP};
  private final long[] globalSize;

  /** JOCL must have been loaded: a backend is open on the same device. */
  @SuppressWarnings("deprecation")
  BareLaunch(String description, int n) {
    CL.setExceptionsEnabled(true);
    cl_platform_id[] platform = new cl_platform_id[1];
    cl_device_id device = find(description, platform);
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform[0]);
    context = CL.clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, null);
    queue = CL.clCreateCommandQueue(context, device, 0, null);
    Kernel plain = Kernels.all().get(0);
    int wide = description.contains("(cpu") ? 0 : 1;
    KernelText text = new KernelText(KernelText.Dialect.OPENCL, plain.family(), wide);
    var program = CL.clCreateProgramWithSource(context, 1, new String[] {text.text()}, null, null);
    CL.clBuildProgram(program, 0, null, "-cl-std=CL1.2", null, null);
    kernel = CL.clCreateKernel(program, plain.name(), null);
    long vectors = n / text.width();
    CL.clSetKernelArg(kernel, 0, Long.BYTES, Pointer.to(new long[] {n}));
    CL.clSetKernelArg(kernel, 1, Long.BYTES, Pointer.to(new long[] {vectors}));
    CL.clSetKernelArg(kernel, 2, plain.numbers().size() * Float.BYTES, Pointer.to(new float[12]));
    for (int argument = 3; argument < 9; argument += 2) {
      cl_mem row = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, 4L * n, null, null);
      CL.clSetKernelArg(kernel, argument, Sizeof.cl_mem, Pointer.to(row));
      CL.clSetKernelArg(kernel, argument + 1, Long.BYTES, Pointer.to(new long[1]));
    }
    globalSize = new long[] {text.groups(plain.shape(), n, vectors) * KernelText.GROUP};
  }

  private static cl_device_id find(String description, cl_platform_id[] found) {
    cl_platform_id[] platforms = new cl_platform_id[16];
    int[] count = new int[1];
    CL.clGetPlatformIDs(platforms.length, platforms, count);
    for (int i = 0; i < count[0]; i++) {
      cl_device_id[] devices = new cl_device_id[16];
      int[] deviceCount = new int[1];
      CL.clGetDeviceIDs(platforms[i], 0xFFFFFFFFL, devices.length, devices, deviceCount);
      for (int j = 0; j < deviceCount[0]; j++) {
        byte[] name = new byte[256];
        CL.clGetDeviceInfo(devices[j], CL.CL_DEVICE_NAME, name.length, Pointer.to(name), null);
        if (description.startsWith(new String(name).split("\0", 2)[0].strip())) {
          found[0] = platforms[i];
          return devices[j];
        }
      }
    }
    throw new IllegalStateException("no device is called " + description);
  }

  /** Queues some launches and waits for them. */
  void launch(int queued) {
    for (int i = 0; i < queued; i++) {
      CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, globalSize, groupSize, 0, null, null);
    }
    CL.clFinish(queue);
  }

  @Override
  public void close() {
    CL.clReleaseCommandQueue(queue);
    CL.clReleaseContext(context); // the process ends with the rest
    CL.setExceptionsEnabled(false);
  }
}
