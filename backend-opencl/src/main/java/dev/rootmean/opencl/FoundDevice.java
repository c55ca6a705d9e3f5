package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Details;
import dev.rootmean.spi.Setting;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device of some platform.
 *
 * @param type CL_DEVICE_TYPE's bits
 * @param largestGroup the most work-items that a work-group may have
 * @param roundsCorrectly whether it reports division and square root to be correctly rounded
 * @param keepsSubnormals whether it reports not to flush them to zero
 * @param hasDoubles whether it computes in double precision
 */
record FoundDevice(
    cl_platform_id platform,
    cl_device_id id,
    String platformName,
    String name,
    long type,
    long memoryBytes,
    long largestAllocation,
    long largestGroup,
    boolean roundsCorrectly,
    boolean keepsSubnormals,
    boolean hasDoubles) {
  private static final List<Integer> VECTORS = List.of(0, 1, 2, 4);

  /** CL_DEVICE_TYPE_ALL; JOCL's constant is sign-extended, which rusticl refuses. */
  private static final long ALL_TYPES = 0xFFFFFFFFL;

  /** Of ICD loaders: there is no platform. */
  private static final int PLATFORM_NOT_FOUND = -1001;

  /**
   * What there is.
   *
   * @param devices GPUs first, then accelerators, then processors, and PoCL's last
   * @param platforms each platform's name, with what it said where it gave no device
   */
  record Search(List<FoundDevice> devices, List<String> platforms) {}

  /**
   * Looks for devices.
   *
   * @param askPocl whether PoCL may be asked for its devices, which has consequences for the
   *     process
   */
  static Search find(OpenClDriver driver, boolean askPocl) {
    int[] count = new int[1];
    int code = driver.clGetPlatformIDs(null, count);
    if (code == PLATFORM_NOT_FOUND || (code == CL.CL_SUCCESS && count[0] == 0)) {
      return new Search(List.of(), List.of());
    }
    OpenClErrors.check(code, "clGetPlatformIDs");
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    OpenClErrors.check(driver.clGetPlatformIDs(platforms, null), "clGetPlatformIDs");
    List<FoundDevice> devices = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (cl_platform_id platform : platforms) {
      try { // a platform that fails must not hide the others
        String name = name(driver, platform);
        names.add(name + addDevices(driver, platform, name, askPocl, devices));
      } catch (RuntimeException e) {
        names.add(e.getMessage());
      }
    }
    devices.sort(Comparator.comparingInt(FoundDevice::rank)); // stable: in the platforms' order
    return new Search(devices, names);
  }

  private static String addDevices(
      OpenClDriver driver,
      cl_platform_id platform,
      String platformName,
      boolean askPocl,
      List<FoundDevice> devices) {
    if (platformName.equals(PoclHazards.PLATFORM)) {
      if (!askPocl) {
        return " is taken only by name";
      }
      if (PoclHazards.endsTheProcess()) {
        return " " + PoclHazards.NO_PROCESSORS;
      }
    }
    int[] count = new int[1];
    int code = driver.clGetDeviceIDs(platform, ALL_TYPES, null, count);
    if (code == CL.CL_DEVICE_NOT_FOUND || (code == CL.CL_SUCCESS && count[0] == 0)) {
      return " has no device";
    }
    OpenClErrors.check(code, "clGetDeviceIDs");
    cl_device_id[] ids = new cl_device_id[count[0]];
    OpenClErrors.check(driver.clGetDeviceIDs(platform, ALL_TYPES, ids, null), "clGetDeviceIDs");
    for (cl_device_id id : ids) {
      devices.add(of(driver, platform, platformName, id));
    }
    return "";
  }

  /** A device that somebody else found. */
  static FoundDevice of(OpenClDriver driver, cl_device_id id) {
    cl_platform_id[] platform = {new cl_platform_id()};
    OpenClErrors.check(
        driver.clGetDeviceInfo(id, CL.CL_DEVICE_PLATFORM, platform), "clGetDeviceInfo");
    return of(driver, platform[0], name(driver, platform[0]), id);
  }

  private static FoundDevice of(
      OpenClDriver driver, cl_platform_id platform, String platformName, cl_device_id id) {
    long floats = number(driver, id, CL.CL_DEVICE_SINGLE_FP_CONFIG);
    return new FoundDevice(
        platform,
        id,
        platformName,
        text(driver, id, CL.CL_DEVICE_NAME),
        number(driver, id, CL.CL_DEVICE_TYPE),
        number(driver, id, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        number(driver, id, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        number(driver, id, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
        (floats & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
        (floats & CL.CL_FP_DENORM) != 0,
        hasDoubles(driver, id));
  }

  boolean isGpu() {
    return (type & CL.CL_DEVICE_TYPE_GPU) != 0;
  }

  boolean isCpu() {
    return (type & CL.CL_DEVICE_TYPE_CPU) != 0;
  }

  /** PoCL's come last, so that the numbers of the others are the same where it is not asked. */
  private int rank() {
    return isPocl() ? 3 : isGpu() ? 0 : isCpu() ? 2 : 1;
  }

  /** Processors have vectors of their own; on others a work-item moves 16 bytes at a time. */
  int vectors() {
    return new Setting(OpenClProvider.VECTORS)
        .value(
            given -> VECTORS.stream().filter(n -> given.equals(n.toString())).findFirst(),
            "one of " + VECTORS)
        .orElse(isCpu() ? 0 : 1);
  }

  String kind() {
    return isGpu() ? "gpu" : isCpu() ? "cpu" : "accelerator";
  }

  boolean isPocl() {
    return platformName.equals(PoclHazards.PLATFORM);
  }

  /** PoCL's GPUs do not vouch for exact bits, and it is not asked for them anyway. */
  boolean isAutomatic() {
    return isGpu() && !isPocl();
  }

  /** Doubles are an option of OpenCL 1.2, and exact where they are. */
  Set<DataType> dataTypes() {
    return hasDoubles ? Set.of(DataType.FLOAT32, DataType.FLOAT64) : Set.of(DataType.FLOAT32);
  }

  boolean isExact() {
    return roundsCorrectly && keepsSubnormals;
  }

  /**
   * Refuses a device that cannot have work-groups of the kernels' size. What it says of a kernel is
   * not asked: rusticl says 32 of one that demands 256, and runs it.
   */
  void requireGroups() {
    if (largestGroup < KernelText.GROUP) {
      throw new BackendException(
          OpenClErrors.BACKEND,
          "open",
          String.format(
              Locale.ROOT,
              "%s: the device takes work-groups of at most %d work-items: expected %d",
              name,
              largestGroup,
              KernelText.GROUP),
          null);
    }
  }

  String description() {
    return name + " (" + kind() + ", " + platformName + ")";
  }

  BackendInfo info() {
    return new BackendInfo(
        OpenClErrors.BACKEND, description(), memoryBytes, isExact(), dataTypes());
  }

  /** For a bug report. */
  String details(OpenClDriver driver) {
    return String.format(
        Locale.ROOT,
        "%s, %s, driver %s, %s, a buffer at most %s, a group at most %,d",
        description(),
        text(driver, id, CL.CL_DEVICE_VERSION),
        text(driver, id, CL.CL_DRIVER_VERSION),
        Details.bytes(memoryBytes),
        Details.bytes(largestAllocation),
        largestGroup);
  }

  private static String text(OpenClDriver driver, cl_device_id id, int what) {
    return text((value, size) -> driver.clGetDeviceInfo(id, what, value, size), "clGetDeviceInfo");
  }

  /** A query of a text, which is asked for its size first. */
  private interface Query {
    int ask(byte[] value, long[] size);
  }

  private static String name(OpenClDriver driver, cl_platform_id platform) {
    return text(
        (value, size) -> driver.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, value, size),
        "clGetPlatformInfo");
  }

  private static String text(Query query, String call) {
    long[] size = new long[1];
    OpenClErrors.check(query.ask(null, size), call);
    byte[] bytes = new byte[(int) size[0]];
    OpenClErrors.check(query.ask(bytes, null), call);
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }

  /** An implementation that knows nothing of doubles may not even know the question. */
  private static boolean hasDoubles(OpenClDriver driver, cl_device_id device) {
    byte[] config = new byte[Long.BYTES];
    int code = driver.clGetDeviceInfo(device, CL.CL_DEVICE_DOUBLE_FP_CONFIG, config, null);
    return code == CL.CL_SUCCESS && number(config) != 0;
  }

  private static long number(OpenClDriver driver, cl_device_id device, int what) {
    byte[] value = new byte[Long.BYTES];
    OpenClErrors.check(driver.clGetDeviceInfo(device, what, value, null), "clGetDeviceInfo");
    return number(value);
  }

  static long number(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }
}
