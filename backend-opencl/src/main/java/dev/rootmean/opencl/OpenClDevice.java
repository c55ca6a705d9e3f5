package dev.rootmean.opencl;

import dev.rootmean.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device of some platform.
 *
 * @param type CL_DEVICE_TYPE's bits
 * @param roundsCorrectly whether it reports division and square root to be correctly rounded
 * @param keepsSubnormals whether it reports not to flush them to zero
 * @param hasDoubles whether it computes in double precision
 */
record OpenClDevice(
    cl_platform_id platform,
    cl_device_id id,
    String platformName,
    String name,
    long type,
    long memoryBytes,
    long largestAllocation,
    boolean roundsCorrectly,
    boolean keepsSubnormals,
    boolean hasDoubles) {
  /** CL_DEVICE_TYPE_ALL; JOCL's constant is sign-extended, which rusticl refuses. */
  private static final long ALL_TYPES = 0xFFFFFFFFL;

  /** How PoCL names its platform. */
  static final String POCL = "Portable Computing Language";

  /** Of ICD loaders: there is no platform. */
  private static final int PLATFORM_NOT_FOUND = -1001;

  /**
   * What there is.
   *
   * @param devices GPUs first, then accelerators, then processors
   * @param platforms each platform's name, with what it said where it gave no device
   */
  record Found(List<OpenClDevice> devices, List<String> platforms) {}

  static Found find() {
    int[] count = new int[1];
    int code = CL.clGetPlatformIDs(0, null, count);
    if (code == PLATFORM_NOT_FOUND || (code == CL.CL_SUCCESS && count[0] == 0)) {
      return new Found(List.of(), List.of());
    }
    OpenClErrors.check(code, "clGetPlatformIDs");
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    OpenClErrors.check(CL.clGetPlatformIDs(platforms.length, platforms, null), "clGetPlatformIDs");
    List<OpenClDevice> devices = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (cl_platform_id platform : platforms) {
      try { // a platform that fails must not hide the others
        names.add(platformName(platform) + addDevices(platform, devices));
      } catch (RuntimeException e) {
        names.add(e.getMessage());
      }
    }
    devices.sort(Comparator.comparingInt(OpenClDevice::rank)); // stable: in the platforms' order
    return new Found(devices, names);
  }

  private static String addDevices(cl_platform_id platform, List<OpenClDevice> devices) {
    int[] count = new int[1];
    int code = CL.clGetDeviceIDs(platform, ALL_TYPES, 0, null, count);
    if (code == CL.CL_DEVICE_NOT_FOUND || (code == CL.CL_SUCCESS && count[0] == 0)) {
      return " has no device";
    }
    OpenClErrors.check(code, "clGetDeviceIDs");
    cl_device_id[] ids = new cl_device_id[count[0]];
    OpenClErrors.check(
        CL.clGetDeviceIDs(platform, ALL_TYPES, ids.length, ids, null), "clGetDeviceIDs");
    for (cl_device_id id : ids) {
      long floats = number(id, CL.CL_DEVICE_SINGLE_FP_CONFIG);
      devices.add(
          new OpenClDevice(
              platform,
              id,
              platformName(platform),
              text(id, CL.CL_DEVICE_NAME),
              number(id, CL.CL_DEVICE_TYPE),
              number(id, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
              number(id, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
              (floats & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
              (floats & CL.CL_FP_DENORM) != 0,
              hasDoubles(id)));
    }
    return "";
  }

  boolean isGpu() {
    return (type & CL.CL_DEVICE_TYPE_GPU) != 0;
  }

  boolean isCpu() {
    return (type & CL.CL_DEVICE_TYPE_CPU) != 0;
  }

  private int rank() {
    return isGpu() ? 0 : isCpu() ? 2 : 1;
  }

  String kind() {
    return isGpu() ? "gpu" : isCpu() ? "cpu" : "accelerator";
  }

  /** PoCL's own signal handlers are why it matters. */
  boolean isPocl() {
    return platformName.equals(POCL);
  }

  /** Doubles are an option of OpenCL 1.2, and exact where they are. */
  Set<DataType> dataTypes() {
    return hasDoubles ? Set.of(DataType.FLOAT32, DataType.FLOAT64) : Set.of(DataType.FLOAT32);
  }

  boolean isExact() {
    return roundsCorrectly && keepsSubnormals;
  }

  String description() {
    return name + " (" + kind() + ", " + platformName + ")";
  }

  private static String platformName(cl_platform_id platform) {
    long[] size = new long[1];
    OpenClErrors.check(
        CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, 0, null, size), "clGetPlatformInfo");
    byte[] bytes = new byte[(int) size[0]];
    OpenClErrors.check(
        CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, bytes.length, Pointer.to(bytes), null),
        "clGetPlatformInfo");
    return terminated(bytes);
  }

  private static String text(cl_device_id device, int what) {
    long[] size = new long[1];
    OpenClErrors.check(CL.clGetDeviceInfo(device, what, 0, null, size), "clGetDeviceInfo");
    byte[] bytes = new byte[(int) size[0]];
    OpenClErrors.check(
        CL.clGetDeviceInfo(device, what, bytes.length, Pointer.to(bytes), null), "clGetDeviceInfo");
    return terminated(bytes);
  }

  private static String terminated(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }

  /** An implementation that knows nothing of doubles may not even know the question. */
  private static boolean hasDoubles(cl_device_id device) {
    long[] config = new long[1];
    int code =
        CL.clGetDeviceInfo(
            device, CL.CL_DEVICE_DOUBLE_FP_CONFIG, Long.BYTES, Pointer.to(config), null);
    return code == CL.CL_SUCCESS && config[0] != 0;
  }

  private static long number(cl_device_id device, int what) {
    ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    OpenClErrors.check(
        CL.clGetDeviceInfo(device, what, Long.BYTES, Pointer.to(value.array()), null),
        "clGetDeviceInfo");
    return value.getLong(0);
  }
}
