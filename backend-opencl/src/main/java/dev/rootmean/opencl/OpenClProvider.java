package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.binding.NativeLoadingException;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the devices of every OpenCL platform. A device is named by its number, its kind ({@code
 * gpu}, {@code cpu}, {@code accelerator}) or a part of its name or its platform's.
 *
 * @since 0.1.0
 */
public final class OpenClProvider implements BackendProvider {
  /**
   * The system property, or as {@code ROOTMEAN_OPENCL_VECTORS} the environment variable, that sets
   * how many vectors of 16 bytes a work-item moves: 1, 2 or 4; or 0 for an element. Without it none
   * on processors, and one elsewhere: NVIDIA's GPUs gain nothing by more, and nobody has measured
   * what others want. It changes no bits; but the steps that opening tries are too short for more
   * than one, so it is for measuring, and not for a driver that nobody has tested so.
   */
  public static final String VECTORS = "rootmean.opencl.vectors";

  private static final Logger LOG = LoggerFactory.getLogger(OpenClProvider.class);

  private static final String INSTALL =
      "install your GPU's OpenCL driver (for tests on a CPU, Debian: pocl-opencl-icd)";

  private static final String DIAGNOSE = "check the installation with clinfo";

  /** Asked for once JOCL is loaded: to be found, a provider needs no class of it. */
  private final Supplier<OpenClDriver> driver;

  /** How many vectors of 16 bytes a work-item moves on a device; 0 if it moves an element. */
  private final ToIntFunction<FoundDevice> vectors;

  private final OpenClQueue.Limits limits;

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenClProvider() {
    this(() -> new Jocl(), FoundDevice::vectors, OpenClQueue.Limits.OF_DRIVERS);
  }

  OpenClProvider(
      Supplier<OpenClDriver> driver,
      ToIntFunction<FoundDevice> vectors,
      OpenClQueue.Limits limits) {
    this.driver = driver;
    this.vectors = vectors;
    this.limits = limits;
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
    return look(true).availability();
  }

  /** PoCL's devices are processors, or do not vouch for exact bits. */
  @Override
  public Availability probeAutomatic() {
    return look(false).availability();
  }

  /**
   * What one look for devices found.
   *
   * @param availability what is told of it
   * @param devices what can be opened of it, in the same order
   */
  private record Look(Availability availability, List<FoundDevice> devices) {
    static Look none(String reason, String remedy, Throwable cause) {
      return new Look(Availability.none(reason, remedy, cause), List.of());
    }
  }

  private Look look(boolean askPocl) {
    try {
      JoclLibrary.load();
      FoundDevice.Search found = FoundDevice.find(driver.get(), askPocl);
      if (found.devices().isEmpty()) {
        return none(found);
      }
      List<Availability.Device> offered = new ArrayList<>();
      for (FoundDevice device : found.devices()) {
        String selector = Integer.toString(offered.size());
        offered.add(
            new Availability.Device(
                selector, device.description(), device.memoryBytes(), device.isAutomatic()));
      }
      return new Look(Availability.of(offered), found.devices());
    } catch (NativeLoadingException e) {
      return Look.none(e.getMessage(), e.remedy(), e);
    } catch (BackendException e) {
      return Look.none("OpenCL fails: " + e.getMessage(), DIAGNOSE, e);
    } catch (LinkageError | RuntimeException e) {
      return Look.none("OpenCL fails: " + e, DIAGNOSE, e);
    }
  }

  private static Look none(FoundDevice.Search found) {
    if (found.platforms().isEmpty()) {
      return Look.none("no OpenCL platform is installed", INSTALL, null);
    }
    String platforms = String.join(", ", found.platforms());
    String remedy = INSTALL;
    if (platforms.contains(PoclHazards.NO_PROCESSORS)) {
      remedy = "mount /sys for PoCL; for GPUs, install their OpenCL driver";
    } else if (platforms.contains(PoclHazards.PLATFORM)) {
      remedy =
          "for PoCL, set POCL_CACHE_DIR to a folder that it can write to; for GPUs, install their"
              + " OpenCL driver";
    }
    return Look.none("no OpenCL device: " + platforms, remedy, null);
  }

  @Override
  public OptimizerBackend open(String device) {
    FoundDevice chosen = choose(device);
    int moved = vectors.applyAsInt(chosen);
    OpenClQueue queue = OpenClQueue.open(driver.get(), chosen, limits);
    return OpenClDevice.open(queue, moved);
  }

  /** PoCL is asked only where no other device is meant. */
  FoundDevice choose(String device) {
    try {
      return choose(device, false);
    } catch (BackendException notAmongTheOthers) {
      FoundDevice chosen = choose(device, true);
      if (chosen.isPocl() && !PoclHazards.signalsAreChained()) {
        LOG.warn(PoclHazards.signalRemedy());
      }
      return chosen;
    }
  }

  private FoundDevice choose(String device, boolean askPocl) {
    Look found = look(askPocl);
    return found.devices().get(found.availability().choose(name(), device));
  }

  /** Without a loader or a device there is nothing but what was looked for. */
  @Override
  public void describe(Details details) {
    details.add("binding", () -> "JOCL " + JoclLibrary.VERSION);
    Look found = look(true);
    details.add("devices", found.availability()::explanation);
    for (int i = 0; i < found.devices().size(); i++) {
      FoundDevice device = found.devices().get(i);
      details.add("device " + i, () -> device.details(driver.get()));
      if (device.isPocl()) {
        details.add("kernel cache", () -> Details.folder(PoclHazards.cache()));
      }
    }
  }
}
