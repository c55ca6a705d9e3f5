package dev.rootmean.cuda;

import dev.rootmean.spi.Details;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUuuid;

/**
 * A GPU that a search has found.
 *
 * @param ordinal its number in the driver's order
 * @param uuid as nvidia-smi writes it
 * @param capability the compute capability times ten
 */
record FoundDevice(
    int ordinal, CUdevice handle, String name, String uuid, long memoryBytes, int capability) {
  /** What the PTX is made for. */
  private static final int LEAST_CAPABILITY = 75;

  /** All there are, those first that run the kernels; cuInit has succeeded. */
  static List<FoundDevice> find() {
    int[] count = new int[1];
    CudaErrors.check(CudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
    List<FoundDevice> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count[0]; ordinal++) {
      CUdevice handle = new CUdevice();
      CudaErrors.check(CudaDriver.cuDeviceGet(handle, ordinal), "cuDeviceGet");
      byte[] name = new byte[256];
      CudaErrors.check(CudaDriver.cuDeviceGetName(name, handle), "cuDeviceGetName");
      CUuuid uuid = new CUuuid();
      CudaErrors.check(CudaDriver.cuDeviceGetUuid(uuid, handle), "cuDeviceGetUuid");
      long[] memory = new long[1];
      CudaErrors.check(CudaDriver.cuDeviceTotalMem(memory, handle), "cuDeviceTotalMem");
      int capability =
          10 * attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
              + attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
      devices.add(new FoundDevice(ordinal, handle, text(name), text(uuid), memory[0], capability));
    }
    devices.sort(Comparator.comparing(device -> !device.canRunKernels())); // stable otherwise
    return devices;
  }

  boolean canRunKernels() {
    return capability >= LEAST_CAPABILITY;
  }

  String description() {
    return name + " (" + uuid + ")";
  }

  /** For a bug report. */
  String details() {
    return String.format(
        Locale.ROOT,
        "%s, compute capability %d.%d, %s",
        description(),
        capability / 10,
        capability % 10,
        Details.bytes(memoryBytes));
  }

  private static int attribute(CUdevice handle, int what) {
    int[] value = new int[1];
    CudaErrors.check(CudaDriver.cuDeviceGetAttribute(value, what, handle), "cuDeviceGetAttribute");
    return value[0];
  }

  private static String text(CUuuid uuid) {
    ByteBuffer bytes = ByteBuffer.wrap(uuid.bytes);
    return "GPU-" + new UUID(bytes.getLong(), bytes.getLong());
  }

  private static String text(byte[] terminated) {
    return new String(terminated, StandardCharsets.UTF_8).split("\0", 2)[0].strip();
  }
}
