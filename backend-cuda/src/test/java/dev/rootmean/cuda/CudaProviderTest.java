package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.BackendReport;
import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import dev.rootmean.emulator.HeldCall;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.KnownAnswer;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** Finding devices, and one clear line for each reason why there is none. */
@ExtendWith(EmulatedCuda.class)
class CudaProviderTest {
  private static final String UPDATE = "install NVIDIA's driver, release 525 or later";
  private static final String DIAGNOSE = "check the driver with nvidia-smi";

  private final CudaProvider provider = new CudaProvider();

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "0, 0",
    "1, 1",
    "emulated, 0",
    "Device 1, 1",
    "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f, 0",
    "GPU-10111213, 1",
    "1415-1617, 1"
  })
  void aDeviceIsNamedByNumberNameOrUuid(String given, int ordinal) {
    CudaEmulator.set(Option.DEVICES, 2);
    assertEquals(2, provider.probe().devices().size());
    try (OptimizerBackend backend = provider.open(given)) {
      String device = backend.info().device();
      assertTrue(device.startsWith("Emulated CUDA device " + ordinal + " (GPU-"), device);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "-1", "warp drive", "99999999999999999999"})
  void aDeviceThatIsNotThereIsToldWithThoseThatAre(String given) {
    BackendException e = assertThrows(BackendException.class, () -> provider.open(given));
    assertEquals(
        String.format(
                Locale.ROOT,
                "cuda: open: no device \"%s\": there is cuda:0, Emulated CUDA device 0",
                given)
            + " (GPU-00010203-0405-0607-0809-0a0b0c0d0e0f)",
        e.getMessage());
  }

  @Test
  void anOldDriver() {
    CudaEmulator.set(Option.DRIVER_VERSION, 11_080);
    assertNone("the NVIDIA driver is too old: it has CUDA 11.8, expected 12.0 or later", UPDATE);
    assertEquals(0, CudaEmulator.calls("cuInit"), "nothing more is asked of it");
  }

  @Test
  void noDevice() {
    CudaEmulator.set(Option.DEVICES, 0);
    assertNone("no CUDA device", CudaCode.NO_DEVICE.remedy());
  }

  @ParameterizedTest
  @EnumSource(value = CudaCode.class, mode = Mode.EXCLUDE, names = "NO_DEVICE")
  void aDriverThatDoesNotStart(CudaCode code) {
    CudaEmulator.set(Option.INIT_RESULT, code.code());
    String reason =
        String.format(
            Locale.ROOT,
            "the NVIDIA driver does not start: cuInit gives CUDA_ERROR_%s (%d)",
            code,
            code.code());
    assertNone(reason, code.remedy());
  }

  @Test
  void aDriverThatDoesNotSayWhy() {
    CudaEmulator.set(Option.INIT_RESULT, 1);
    assertNone(
        "the NVIDIA driver does not start: cuInit gives CUDA_ERROR_INVALID_VALUE (1)", DIAGNOSE);
  }

  @Test
  void aCallThatFailsWhileDevicesAreSoughtIsToldWithoutAClassName() {
    CudaEmulator.failCallsFrom("cuDeviceGetName", 1, 400);
    assertNone(
        "CUDA fails: cuda: cuDeviceGetName: failed (CUDA_ERROR_INVALID_HANDLE, 400)", DIAGNOSE);
  }

  /** The same line for the probe, for who asks by name, in the report, and where auto passes. */
  private void assertNone(String reason, String remedy) {
    Availability found = provider.probe();
    assertEquals(List.of(), found.devices());
    assertEquals(reason, found.reason());
    assertEquals(remedy, found.remedy());
    String message = "cuda: open: " + reason + "; " + remedy;
    assertEquals(
        message, assertThrows(BackendException.class, () -> provider.open("")).getMessage());
    assertEquals(List.of(reason), reasons());
    BackendException auto =
        assertThrows(BackendException.class, () -> Backends.open("auto").close());
    assertTrue(auto.getMessage().contains("; not cuda: " + reason + ";"), auto.getMessage());
  }

  private static List<String> reasons() {
    return Backends.report().entries().stream()
        .filter(entry -> entry.selector().startsWith("cuda"))
        .filter(entry -> !entry.available())
        .map(BackendReport.Entry::reason)
        .toList();
  }

  @Test
  void aGpuThatIsTooOld() {
    CudaEmulator.set(Option.COMPUTE_CAPABILITY, 70);
    String message =
        "cuda: open: Emulated CUDA device 0 has compute capability 7.0: expected 7.5 or later,"
            + " which is Turing";
    assertEquals(
        message, assertThrows(BackendException.class, () -> provider.open("")).getMessage());
    assertEquals(List.of(message), reasons());
  }

  @Test
  void aDriverThatRefusesThePtxIsQuotedAndNothingIsLeft() {
    provider.probe();
    FoundDevice device = FoundDevice.find().get(0);
    CudaEmulator.set(Option.COMPUTE_CAPABILITY, 70); // behind the device's back
    BackendException e;
    try (OptimizerBackend backend = new CudaDevice(device).backend(true)) {
      e = assertThrows(BackendException.class, () -> KnownAnswer.demand(backend));
    }
    assertTrue(
        e.getMessage()
            .startsWith(
                "cuda: cuModuleLoadDataEx: the driver refuses the kernels for Emulated CUDA device"
                    + " 0: ptxas application ptx input, line "),
        e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void aRefusalIsALineOfTheReport() {
    CudaEmulator.failCallsFrom("cuModuleLoadDataEx", 1, 222);
    assertEquals(
        List.of(
            "cuda: cuModuleLoadDataEx: the driver refuses the kernels for Emulated CUDA device 0; "
                + UPDATE
                + " (CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222)"),
        reasons());
  }

  /** It would wait, and with it all who allocate, for a call that has a Java array. */
  @Test
  void garbageIsCollectedWhileTheDriverCompiles() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      HeldCall.next("cuModuleLoadDataEx");
      Future<?> opening = thread.submit(() -> Backends.open("cuda").close());
      HeldCall.await();
      WeakReference<Object> garbage = new WeakReference<>(new Object());
      System.gc();
      Object left = garbage.get();
      assertTrue(HeldCall.release(), "the call was held all the time");
      opening.get();
      assertNull(left, "garbage that a collection has left");
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void anErrorWhileItOpensLeavesNothing() {
    CudaEmulator.throwFromCall("cuModuleGetFunction", 3);
    BackendException e = assertThrows(BackendException.class, () -> Backends.open("cuda").close());
    assertInstanceOf(OutOfMemoryError.class, e.getCause());
    EmulatedCuda.assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent",
        "cuStreamCreate",
        "cuMemAllocHost",
        "cuModuleLoadDataEx",
        "cuModuleGetFunction"
      })
  void openingThatFailsHalfwayLeavesNothing(String function) {
    CudaEmulator.failCall(function, 1, 2);
    assertThrows(BackendException.class, () -> Backends.open("cuda").close());
    EmulatedCuda.assertNothingIsLeft();
    try (OptimizerBackend backend = Backends.open("cuda")) {
      assertFalse(backend.info().device().isEmpty());
    }
  }
}
