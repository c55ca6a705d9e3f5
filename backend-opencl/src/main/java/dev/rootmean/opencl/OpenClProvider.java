package dev.rootmean.opencl;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the devices of every OpenCL platform. A device is named by its number, its kind ({@code
 * gpu}, {@code cpu}, {@code accelerator}) or a part of its name or its platform's.
 */
public final class OpenClProvider implements BackendProvider {
  private static final Logger LOG = LoggerFactory.getLogger(OpenClProvider.class);

  /** Which devices a work-item moves 16 bytes at a time on. */
  private final Predicate<OpenClDevice> wide;

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenClProvider() {
    this(device -> !device.isCpu());
  }

  OpenClProvider(Predicate<OpenClDevice> wide) {
    this.wide = wide;
  }

  @Override
  public String name() {
    return OpenClErrors.BACKEND;
  }

  @Override
  public int priority() {
    return 200;
  }

  @Override
  public Availability probe() {
    try {
      JoclLibrary.load();
      OpenClDevice.Found found = OpenClDevice.find();
      if (found.devices().isEmpty()) {
        return none(found);
      }
      List<Availability.Device> devices = new ArrayList<>();
      for (OpenClDevice device : found.devices()) {
        String selector = Integer.toString(devices.size());
        devices.add(
            new Availability.Device(
                selector, device.description(), device.memoryBytes(), device.isGpu()));
      }
      return Availability.of(devices);
    } catch (UnsatisfiedLinkError e) {
      return Availability.none(
          "JOCL cannot be loaded: " + e.getMessage(),
          "install an OpenCL loader and your GPU's driver (Debian: apt-get install ocl-icd-libopencl1)",
          e);
    } catch (LinkageError | RuntimeException e) {
      return Availability.none("OpenCL fails: " + e, "check the installation with clinfo", e);
    }
  }

  private static Availability none(OpenClDevice.Found found) {
    String platforms = String.join(", ", found.platforms());
    return Availability.none(
        platforms.isEmpty() ? "no OpenCL platform is installed" : "no OpenCL device: " + platforms,
        platforms.contains(OpenClDevice.POCL)
            ? "for PoCL, set POCL_CACHE_DIR to a folder that it can write to; for GPUs, install"
                + " their OpenCL driver"
            : "install your GPU's OpenCL driver (for tests on a CPU, Debian: pocl-opencl-icd)",
        null);
  }

  @Override
  public OptimizerBackend open(String device) {
    int place = probe().choose(name(), device);
    OpenClDevice chosen = OpenClDevice.find().devices().get(place);
    if (chosen.isPocl() && !signalsAreChained()) {
      LOG.warn(
          "PoCL takes over signals that the JVM needs, and can end it: start Java with"
              + " LD_PRELOAD={}/lib/libjsig.so",
          System.getProperty("java.home"));
    }
    return new OpenClCalls(chosen, wide.test(chosen)).backend();
  }

  /** Whether libjsig stands between native signal handlers and the JVM's. */
  private static boolean signalsAreChained() {
    try {
      return Files.readString(Path.of("/proc/self/maps")).contains("/libjsig.so");
    } catch (IOException e) {
      return true; // not Linux: PoCL is not known to do it there
    }
  }
}
