package dev.rootmean;

import static dev.rootmean.StubBackends.device;
import static dev.rootmean.StubBackends.devices;
import static dev.rootmean.StubBackends.failing;
import static dev.rootmean.StubBackends.refused;
import static dev.rootmean.StubBackends.selection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.EventCapture;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private final StubBackends stubs = new StubBackends();
  private final LogCapture log = LogCapture.of(Backends.class);

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
  }

  @Test
  void theHighestPriorityIsTaken() {
    StubProvider opencl = stubs.provider("opencl", 200, devices(device("0", true)));
    assertEquals("opencl", stubs.chosen(stubs.cpu(), opencl));
    assertEquals("opencl", stubs.chosen(opencl, stubs.cpu()));
    assertEquals(List.of("opencl:0", "opencl:0"), stubs.opened);
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
            return stubs.open("opencl", device, true);
          }
        };
    assertEquals("cpu", stubs.chosen(opencl, stubs.cpu()));
    assertTrue(log.text().contains("not opencl: PoCL is taken only by name"), log.text());
    String report =
        new Selection(Providers.of(List.of(opencl, stubs.cpu()), List.of(), List.of()))
            .report()
            .toString();
    assertTrue(report.contains("opencl's device 0"), report);
  }

  @Test
  void theFirstDeviceThatMayBeTakenIs() {
    StubProvider opencl =
        stubs.provider(
            "opencl", 200, devices(device("0", false), device("1", true), device("2", true)));
    assertEquals("opencl", stubs.chosen(stubs.cpu(), opencl));
    assertEquals(List.of("opencl:1"), stubs.opened);
    assertEquals(
        "INFO opencl:1: opencl's device 1; not cuda: not on the class path; add the dependency"
            + " dev.rootmean:backend-cuda; not opencl:0: a device that is taken only by name",
        log.text());
  }

  @Test
  void whatIsPassedOverIsRecorded() {
    try (EventCapture capture = EventCapture.start()) {
      StubProvider cuda =
          stubs.provider("cuda", 300, Availability.none("no driver", "install it", null));
      StubProvider opencl = stubs.provider("opencl", 200, devices(device("0", true)));
      assertEquals("opencl", stubs.chosen(cuda, opencl));
      assertEquals("cuda", stubs.chosen(stubs.provider("cuda", 300, devices(device("0", true)))));
      List<RecordedEvent> events = capture.events("Fallback");
      assertEquals(1, events.size(), events::toString); // what comes first is taken for itself
      assertEquals("auto", events.get(0).getString("from"));
      assertEquals("opencl:0", events.get(0).getString("to"));
      assertEquals("not cuda: no driver; install it", events.get(0).getString("reason"));
      assertEquals(-1, events.get(0).getLong("lostIn"));
    }
  }

  @Test
  void whatHasNoDeviceIsPassedOverWithItsReason() {
    StubProvider cuda =
        stubs.provider("cuda", 300, Availability.none("no driver", "install it", null));
    assertEquals("cpu", stubs.chosen(cuda, stubs.cpu()));
    assertEquals(List.of("cpu:"), stubs.opened);
    assertTrue(log.text().contains("not cuda: no driver; install it"), log.text());
  }

  @Test
  void whatCannotOpenIsPassedOverWithItsReason() {
    BackendException broken = new BackendException("cuda", "cuInit", "broken", null);
    assertEquals("cpu", stubs.chosen(failing("cuda", 300, broken), stubs.cpu()));
    assertTrue(log.text().contains("not cuda:0: cuda: cuInit: broken"), log.text());
    assertEquals(
        "cpu", stubs.chosen(failing("cuda", 300, new UnsatisfiedLinkError("lib")), stubs.cpu()));
    assertTrue(log.text().contains("not cuda:0: java.lang.UnsatisfiedLinkError: lib"), log.text());
  }

  @Test
  void aReasonOfManyLinesIsOneInTheLog() {
    BackendException built = new BackendException("cuda", "build", "failed:\n  x.cl:1\r\n\n", null);
    assertEquals("cpu", stubs.chosen(failing("cuda", 300, built), stubs.cpu()));
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
                throw StubBackends.<RuntimeException>sneaky(failure);
              },
              device -> stubs.open("rude", device, true));
      assertEquals("cpu", stubs.chosen(rude, stubs.cpu()));
      assertTrue(log.text().contains("not rude: its probe failed: " + failure), log.text());
    }
  }

  @Test
  void nothingAvailableSaysWhyOfEach() {
    StubProvider cuda =
        stubs.provider("cuda", 300, Availability.none("no driver", "install it", null));
    String message = refused("auto", cuda).getMessage();
    assertEquals(
        "auto: open: no backend is available; not cuda: no driver; install it;"
            + " not opencl: not on the class path; add the dependency dev.rootmean:backend-opencl;"
            + " not cpu: not on the class path; add the dependency dev.rootmean:backend-cpu",
        message);
  }

  @Test
  void aNameOpensThatBackendAndDevice() {
    StubProvider opencl = stubs.provider("opencl", 200, devices(device("0", false)));
    selection(stubs.cpu(), opencl).open("opencl").close();
    selection(stubs.cpu(), opencl).open("OpenCL:Some Name: 1").close();
    assertEquals(List.of("opencl:", "opencl:Some Name: 1"), stubs.opened);
  }

  @Test
  void whatIsNamedAndCannotOpenThrowsAndIsNeverReplaced() {
    BackendException broken = new BackendException("cuda", "cuInit", "broken", null);
    assertSame(broken, refused("cuda", failing("cuda", 300, broken), stubs.cpu()));
    assertEquals(List.of(), stubs.opened);
  }

  @Test
  void whatIsKnownAndAbsentSaysWhatToAdd() {
    Throwable refused = refused("cuda", stubs.cpu());
    assertTrue(refused instanceof BackendException);
    assertTrue(refused.getMessage().contains("dev.rootmean:backend-cuda"), refused.getMessage());
    assertEquals(List.of(), stubs.opened);
  }

  @Test
  void whatIsUnknownSaysWhatThereIs() {
    for (String unknown : new String[] {"", "gpu", "auto:1", ":", "cpu "}) {
      Throwable refused =
          refused(unknown, stubs.cpu(), stubs.provider("mine", 1, devices(device("", true))));
      assertTrue(refused instanceof IllegalArgumentException, unknown);
      assertTrue(refused.getMessage().contains("\"" + unknown + "\""), refused.getMessage());
      assertTrue(refused.getMessage().contains("cpu, cuda, mine, opencl"), refused.getMessage());
    }
  }

  @Test
  void theReportShowsAllAndWhatIsTaken() {
    StubProvider opencl =
        stubs.provider(
            "opencl", 200, devices(device("0", false), device("1", true), device("2", true)));
    BackendException broken = new BackendException("mine", "open", "broken", null);
    List<BackendReport.Entry> entries =
        selection(stubs.cpu(), opencl, failing("mine", 400, broken)).report().entries();
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
}
