package dev.rootmean.cuda;

import dev.rootmean.BackendException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.binding.NativeLoadingException;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.Details;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.JCudaVersion;
import jcuda.driver.CUresult;

/**
 * Offers NVIDIA's GPUs. A device is named by its number, or a part of its name or its UUID. Needs
 * NVIDIA's driver and nothing else; of it only what release 525, with CUDA 12.0, has.
 *
 * @since 0.1.0
 */
public final class CudaProvider implements BackendProvider {
  /** CUDA 12.0, as cuDriverGetVersion gives it. */
  private static final int LEAST_VERSION = 12_000;

  static final String UPDATE = "install NVIDIA's driver, release 525 or later";
  private static final String DIAGNOSE = "check the driver with nvidia-smi";

  /** Called by {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public String name() {
    return CudaErrors.BACKEND;
  }

  @Override
  public int priority() {
    return 300;
  }

  @Override
  public Availability probe() {
    return probe(new ArrayList<>());
  }

  /** Looks for devices, and keeps those that it has found. */
  private static Availability probe(List<FoundDevice> found) {
    try {
      JCudaLibrary.load();
      return find(found);
    } catch (NativeLoadingException e) {
      return Availability.none(e.getMessage(), e.remedy(), e);
    } catch (BackendException e) {
      return Availability.none("CUDA fails: " + e.getMessage(), DIAGNOSE, e);
    } catch (LinkageError | RuntimeException e) {
      return Availability.none("CUDA fails: " + e, DIAGNOSE, e);
    }
  }

  private static Availability find(List<FoundDevice> found) {
    int[] version = new int[1];
    CudaErrors.check(CudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
    if (version[0] < LEAST_VERSION) {
      String reason =
          String.format(
              Locale.ROOT,
              "the NVIDIA driver is too old: it has CUDA %d.%d, expected 12.0 or later",
              version[0] / 1000,
              version[0] % 1000 / 10);
      return Availability.none(reason, UPDATE, null);
    }
    int code = CudaDriver.cuInit(0);
    if (code == CUresult.CUDA_ERROR_NO_DEVICE) {
      return Availability.none("no CUDA device", CudaCode.NO_DEVICE.remedy(), null);
    }
    if (code != CUresult.CUDA_SUCCESS) {
      String reason =
          String.format(
              Locale.ROOT,
              "the NVIDIA driver does not start: cuInit gives %s (%d)",
              CudaErrors.name(code),
              code);
      CudaCode known = CudaCode.of(code);
      return Availability.none(reason, known == null ? DIAGNOSE : known.remedy(), null);
    }
    found.addAll(FoundDevice.find());
    List<Availability.Device> devices = new ArrayList<>();
    for (FoundDevice device : found) {
      devices.add(
          new Availability.Device(
              Integer.toString(device.ordinal()),
              device.description(),
              device.memoryBytes(),
              device.canRunKernels()));
    }
    return Availability.of(devices);
  }

  @Override
  public OptimizerBackend open(String device) {
    List<FoundDevice> found = new ArrayList<>();
    int place = probe(found).choose(name(), device);
    FoundDevice chosen = found.get(place);
    if (!chosen.canRunKernels()) {
      String reason =
          String.format(
              Locale.ROOT,
              "%s has compute capability %d.%d: expected 7.5 or later, which is Turing",
              chosen.name(),
              chosen.capability() / 10,
              chosen.capability() % 10);
      throw new BackendException(name(), "open", reason, null);
    }
    return new CudaDevice(chosen).backend(true);
  }

  /** Without a driver there is nothing but what was looked for. */
  @Override
  public void describe(Details details) {
    details.add("binding", () -> "JCuda " + JCudaVersion.get());
    List<FoundDevice> found = new ArrayList<>();
    Availability availability = probe(found);
    if (found.isEmpty()) {
      details.add("driver", availability::explanation);
      return;
    }
    details.add("driver", CudaProvider::driver);
    for (FoundDevice device : found) {
      details.add("device " + device.ordinal(), device::details);
    }
    details.add("kernel cache", CudaProvider::cache);
  }

  /** Its own version is in the name of its file, which is among the natives. */
  private static String driver() {
    int[] version = new int[1];
    CudaErrors.check(CudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
    return "CUDA " + version[0] / 1000 + "." + version[0] % 1000 / 10;
  }

  /** Where the driver keeps what it has compiled. */
  private static String cache() throws IOException {
    String given = System.getenv("CUDA_CACHE_PATH");
    Path folder =
        given == null
            ? Path.of(System.getProperty("user.home"), ".nv", "ComputeCache")
            : Path.of(given);
    return Details.folder(folder);
  }
}
