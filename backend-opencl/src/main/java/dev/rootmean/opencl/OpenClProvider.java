package dev.rootmean.opencl;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.binding.NativeLoadingException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the devices of every OpenCL platform. A device is named by its number, its kind ({@code
 * gpu}, {@code cpu}, {@code accelerator}) or a part of its name or its platform's.
 */
public final class OpenClProvider implements BackendProvider {
  private static final Logger LOG = LoggerFactory.getLogger(OpenClProvider.class);

  private static final String INSTALL =
      "install your GPU's OpenCL driver (for tests on a CPU, Debian: pocl-opencl-icd)";

  private static final String DIAGNOSE = "check the installation with clinfo";

  /** Asked for once JOCL is loaded: to be found, a provider needs no class of it. */
  private final Supplier<OpenClDriver> driver;

  /** Which devices a work-item moves 16 bytes at a time on. */
  private final Predicate<OpenClDevice> wide;

  /** As {@link OpenClQueue#most()}. */
  private final long most;

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenClProvider() {
    this(() -> new Jocl(), device -> !device.isCpu(), OpenClQueue.MOST);
  }

  OpenClProvider(Supplier<OpenClDriver> driver, Predicate<OpenClDevice> wide, long most) {
    this.driver = driver;
    this.wide = wide;
    this.most = most;
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
    return probe(true, new ArrayList<>());
  }

  /** PoCL's devices are processors, or do not vouch for exact bits. */
  @Override
  public Availability probeAutomatic() {
    return probe(false, new ArrayList<>());
  }

  private Availability probe(boolean askPocl, List<OpenClDevice> devices) {
    try {
      JoclLibrary.load();
      OpenClDevice.Found found = OpenClDevice.find(driver.get(), askPocl);
      if (found.devices().isEmpty()) {
        return none(found);
      }
      devices.addAll(found.devices());
      List<Availability.Device> offered = new ArrayList<>();
      for (OpenClDevice device : devices) {
        String selector = Integer.toString(offered.size());
        offered.add(
            new Availability.Device(
                selector, device.description(), device.memoryBytes(), device.isAutomatic()));
      }
      return Availability.of(offered);
    } catch (NativeLoadingException e) {
      return Availability.none(e.getMessage(), e.remedy(), e);
    } catch (BackendException e) {
      return Availability.none("OpenCL fails: " + e.getMessage(), DIAGNOSE, e);
    } catch (LinkageError | RuntimeException e) {
      return Availability.none("OpenCL fails: " + e, DIAGNOSE, e);
    }
  }

  private static Availability none(OpenClDevice.Found found) {
    if (found.platforms().isEmpty()) {
      return Availability.none("no OpenCL platform is installed", INSTALL, null);
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
    return Availability.none("no OpenCL device: " + platforms, remedy, null);
  }

  @Override
  public OptimizerBackend open(String device) {
    OpenClDevice chosen = choose(device);
    if (chosen.isPocl() && !PoclHazards.signalsAreChained()) {
      LOG.warn(PoclHazards.signalRemedy());
    }
    return OpenClCalls.open(driver.get(), chosen, wide.test(chosen), most);
  }

  /** PoCL is asked only where no other device is meant. */
  private OpenClDevice choose(String device) {
    try {
      return choose(device, false);
    } catch (BackendException notAmongTheOthers) {
      return choose(device, true);
    }
  }

  private OpenClDevice choose(String device, boolean askPocl) {
    List<OpenClDevice> devices = new ArrayList<>();
    int place = probe(askPocl, devices).choose(name(), device);
    return devices.get(place);
  }
}
