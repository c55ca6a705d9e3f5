package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import dev.rootmean.spi.MemoryRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SelectionTest {
  /** {@code name:device} of all that was opened, in order. */
  private final List<String> opened = new ArrayList<>();

  private final LogCapture log = LogCapture.of(Backends.class);

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
  }

  private StubProvider provider(String name, int priority, Availability found) {
    return new StubProvider(name, priority, () -> found, device -> open(name, device, true));
  }

  private OptimizerBackend open(String name, String device, boolean exact) {
    opened.add(name + ":" + device);
    return new ScalarDevice(
            new BackendInfo(
                name, name + "'s device " + device, 1 << 20, exact, Set.of(DataType.values())))
        .open();
  }

  private static Availability devices(Availability.Device... devices) {
    return Availability.of(List.of(devices));
  }

  private static Availability.Device device(String selector, boolean automatic) {
    return new Availability.Device(selector, "device " + selector, 1 << 20, automatic);
  }

  private StubProvider cpu() {
    return provider("cpu", 100, devices(device("", true)));
  }

  private static StubProvider failing(String name, int priority, Throwable failure) {
    return new StubProvider(
        name,
        priority,
        () -> devices(device("0", true)),
        device -> {
          throw SelectionTest.<RuntimeException>sneaky(failure);
        });
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T sneaky(Throwable failure) throws T {
    throw (T) failure;
  }

  /** Selects among these and the known ones, which are not there. */
  static Selection selection(BackendProvider... providers) {
    return new Selection(Providers.of(List.of(providers), List.of(), List.of()));
  }

  private String chosen(BackendProvider... providers) {
    try (OptimizerBackend backend = selection(providers).open("auto")) {
      return backend.info().name();
    }
  }

  private static Throwable refused(String selector, BackendProvider... providers) {
    return assertThrows(RuntimeException.class, () -> selection(providers).open(selector).close());
  }

  @Test
  void theHighestPriorityIsTaken() {
    StubProvider opencl = provider("opencl", 200, devices(device("0", true)));
    assertEquals("opencl", chosen(cpu(), opencl));
    assertEquals("opencl", chosen(opencl, cpu()));
    assertEquals(List.of("opencl:0", "opencl:0"), opened);
  }

  /** Of two findings: what automatic selection may take, and all that can be named. */
  @Test
  void automaticSelectionAsksOnlyForWhatItMayTake() {
    BackendProvider opencl =
        new BackendProvider() {
          @Override
          public String name() {
            return "opencl";
          }

          @Override
          public int priority() {
            return 200;
          }

          @Override
          public Availability probe() {
            return devices(device("0", false));
          }

          @Override
          public Availability probeAutomatic() {
            return Availability.none("PoCL is taken only by name", "name it", null);
          }

          @Override
          public OptimizerBackend open(String device) {
            return SelectionTest.this.open("opencl", device, true);
          }
        };
    assertEquals("cpu", chosen(opencl, cpu()));
    assertTrue(log.text().contains("not opencl: PoCL is taken only by name"), log.text());
    String report =
        new Selection(Providers.of(List.of(opencl, cpu()), List.of(), List.of()))
            .report()
            .toString();
    assertTrue(report.contains("opencl's device 0"), report);
  }

  @Test
  void theFirstDeviceThatMayBeTakenIs() {
    StubProvider opencl =
        provider("opencl", 200, devices(device("0", false), device("1", true), device("2", true)));
    assertEquals("opencl", chosen(cpu(), opencl));
    assertEquals(List.of("opencl:1"), opened);
    assertEquals(
        "INFO opencl:1: opencl's device 1; not cuda: not on the class path; add the dependency"
            + " dev.rootmean:backend-cuda; not opencl:0: a device that is taken only by name",
        log.text());
  }

  @Test
  void whatHasNoDeviceIsPassedOverWithItsReason() {
    StubProvider cuda = provider("cuda", 300, Availability.none("no driver", "install it", null));
    assertEquals("cpu", chosen(cuda, cpu()));
    assertEquals(List.of("cpu:"), opened);
    assertTrue(log.text().contains("not cuda: no driver; install it"), log.text());
  }

  @Test
  void whatCannotOpenIsPassedOverWithItsReason() {
    BackendException broken = new BackendException("cuda", "cuInit", "broken", null);
    assertEquals("cpu", chosen(failing("cuda", 300, broken), cpu()));
    assertTrue(log.text().contains("not cuda:0: cuda: cuInit: broken"), log.text());
    assertEquals("cpu", chosen(failing("cuda", 300, new UnsatisfiedLinkError("lib")), cpu()));
    assertTrue(log.text().contains("not cuda:0: java.lang.UnsatisfiedLinkError: lib"), log.text());
  }

  @Test
  void aReasonOfManyLinesIsOneInTheLog() {
    BackendException built = new BackendException("cuda", "build", "failed:\n  x.cl:1\r\n\n", null);
    assertEquals("cpu", chosen(failing("cuda", 300, built), cpu()));
    assertTrue(
        log.text().contains("not cuda:0: cuda: build: failed:; x.cl:1; not opencl"), log.text());
    assertEquals(1, log.text().lines().count());
  }

  @Test
  void aProbeThatThrowsIsPassedOverToo() {
    for (Throwable failure :
        new Throwable[] {new IllegalStateException("oh"), new LinkageError()}) {
      StubProvider rude =
          new StubProvider(
              "rude",
              300,
              () -> {
                throw SelectionTest.<RuntimeException>sneaky(failure);
              },
              device -> open("rude", device, true));
      assertEquals("cpu", chosen(rude, cpu()));
      assertTrue(log.text().contains("not rude: its probe failed: " + failure), log.text());
    }
  }

  @Test
  void otherBitsArePassedOverAndClosed() {
    List<OptimizerBackend> inexact = new ArrayList<>();
    StubProvider sloppy =
        new StubProvider(
            "sloppy",
            300,
            () -> devices(device("", true)),
            device -> {
              inexact.add(open("sloppy", device, false));
              return inexact.get(inexact.size() - 1);
            });
    assertEquals("cpu", chosen(sloppy, cpu()));
    assertTrue(log.text().contains("not sloppy: does not vouch for exact bits"), log.text());
    assertThrows(IllegalStateException.class, inexact.get(0)::synchronize);
    try (OptimizerBackend byName = selection(sloppy, cpu()).open("sloppy")) {
      assertFalse(byName.info().exact());
    }
  }

  @Test
  void nothingAvailableSaysWhyOfEach() {
    StubProvider cuda = provider("cuda", 300, Availability.none("no driver", "install it", null));
    String message = refused("auto", cuda).getMessage();
    assertEquals(
        "auto: open: no backend is available; not cuda: no driver; install it;"
            + " not opencl: not on the class path; add the dependency dev.rootmean:backend-opencl;"
            + " not cpu: not on the class path; add the dependency dev.rootmean:backend-cpu",
        message);
  }

  @Test
  void aNameOpensThatBackendAndDevice() {
    StubProvider opencl = provider("opencl", 200, devices(device("0", false)));
    selection(cpu(), opencl).open("opencl").close();
    selection(cpu(), opencl).open("OpenCL:Some Name: 1").close();
    assertEquals(List.of("opencl:", "opencl:Some Name: 1"), opened);
  }

  @Test
  void whatIsNamedAndCannotOpenThrowsAndIsNeverReplaced() {
    BackendException broken = new BackendException("cuda", "cuInit", "broken", null);
    assertSame(broken, refused("cuda", failing("cuda", 300, broken), cpu()));
    assertEquals(List.of(), opened);
  }

  @Test
  void whatIsKnownAndAbsentSaysWhatToAdd() {
    Throwable refused = refused("cuda", cpu());
    assertTrue(refused instanceof BackendException);
    assertTrue(refused.getMessage().contains("dev.rootmean:backend-cuda"), refused.getMessage());
    assertEquals(List.of(), opened);
  }

  @Test
  void whatIsUnknownSaysWhatThereIs() {
    for (String unknown : new String[] {"", "gpu", "auto:1", ":", "cpu "}) {
      Throwable refused = refused(unknown, cpu(), provider("mine", 1, devices(device("", true))));
      assertTrue(refused instanceof IllegalArgumentException, unknown);
      assertTrue(refused.getMessage().contains("\"" + unknown + "\""), refused.getMessage());
      assertTrue(refused.getMessage().contains("cpu, cuda, mine, opencl"), refused.getMessage());
    }
  }

  @Test
  void theReportShowsAllAndWhatIsTaken() {
    StubProvider opencl =
        provider("opencl", 200, devices(device("0", false), device("1", true), device("2", true)));
    BackendException broken = new BackendException("mine", "open", "broken", null);
    List<BackendReport.Entry> entries =
        selection(cpu(), opencl, failing("mine", 400, broken)).report().entries();
    assertEquals(
        List.of("mine:0", "cuda", "opencl:0", "opencl:1", "opencl:2", "cpu"),
        entries.stream().map(BackendReport.Entry::selector).toList());
    assertEquals(
        List.of("opencl:1"),
        entries.stream()
            .filter(BackendReport.Entry::automatic)
            .map(BackendReport.Entry::selector)
            .toList());
    assertEquals("mine: open: broken", entries.get(0).reason());
    assertFalse(entries.get(0).available());
    assertTrue(entries.get(2).available());
    assertEquals("not on the class path", entries.get(1).reason());
    assertEquals("add the dependency dev.rootmean:backend-cuda", entries.get(1).remedy());
  }

  @Test
  void aDeviceThatSaysItIsExactAndIsNotIsRefused() {
    StubProvider liar =
        new StubProvider(
            "cuda", 300, () -> devices(device("0", true)), device -> new WrongBits(true).open());
    String reason = "gives other bits than RmsProp defines";
    assertTrue(refused("cuda", liar).getMessage().contains(reason));
    assertEquals("cpu", chosen(liar, cpu()));
    assertTrue(log.text().contains(reason), log.text());
  }

  @Test
  void aDeviceThatDoesNotSayItIsExactOpensByNameWithAWarning() {
    StubProvider honest =
        new StubProvider(
            "cuda", 300, () -> devices(device("0", true)), device -> new WrongBits(false).open());
    try (OptimizerBackend backend = selection(honest, cpu()).open("cuda")) {
      assertFalse(backend.info().exact());
    }
    assertTrue(log.text().contains("cuda does not vouch for exact bits"), log.text());
    assertEquals("cpu", chosen(honest, cpu()));
  }

  private static final class WrongBits extends ScalarDevice {
    WrongBits(boolean exact) {
      super(new BackendInfo("cuda", "a faulty card", 1 << 20, exact, Set.of(DataType.values())));
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> control) {}
  }
}
