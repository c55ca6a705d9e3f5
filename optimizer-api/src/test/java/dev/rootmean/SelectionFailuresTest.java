package dev.rootmean;

import static dev.rootmean.StubBackends.selection;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.spi.Availability;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Wherever a device fails, and however: nothing stays open. */
class SelectionFailuresTest {
  private static final Availability ONE =
      Availability.of(List.of(new Availability.Device("", "a card", 1 << 20, true)));

  /** Where the device fails. */
  enum Place {
    PROBE,
    OPEN,
    KNOWN_ANSWER,
    CLOSE_TOO
  }

  private final LogCapture log = LogCapture.of(Backends.class);
  private final List<String> open = new ArrayList<>();

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
    assertEquals(List.of(), open);
  }

  private StubProvider failing(Place place, Error failure) {
    return new StubProvider(
        "cuda",
        300,
        () -> {
          if (place == Place.PROBE) {
            throw failure;
          }
          return ONE;
        },
        device -> {
          if (place == Place.PROBE || place == Place.OPEN) {
            throw failure;
          }
          return backend("cuda", failure, place == Place.CLOSE_TOO);
        });
  }

  private StubProvider second() {
    LinkageError unusable = new LinkageError("second");
    return new StubProvider("cpu", 100, () -> ONE, device -> backend("cpu", unusable, false));
  }

  /** One whose every call fails. */
  private OptimizerBackend backend(String name, Error failure, boolean closeToo) {
    open.add(name);
    BackendInfo info = new BackendInfo(name, "a card", 1, true, Set.of(DataType.FLOAT32));
    return (OptimizerBackend)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {OptimizerBackend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("info")) {
                return info;
              }
              if (method.getName().equals("close")) {
                open.remove(name);
                if (!closeToo) {
                  return null;
                }
              }
              throw failure;
            });
  }

  private Throwable refused(String selector, Place place, Error failure) {
    Selection selection = selection(failing(place, failure), second());
    return assertThrows(Throwable.class, () -> selection.open(selector).close());
  }

  @ParameterizedTest
  @EnumSource
  void withoutMemoryNothingIsOpenedAndTheOptionIsNamed(Place place) {
    for (String selector : new String[] {"cuda", "auto"}) {
      OutOfMemoryError failure = new OutOfMemoryError("Java heap space");
      Throwable refused = refused(selector, place, failure);
      assertEquals(
          selector + ": open: Java's memory is used up (Java heap space): give it more, as by -Xmx",
          refused.getMessage());
      assertTrue(refused instanceof BackendException);
      assertSame(failure, refused.getCause());
      assertEquals(List.of(), open);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anErrorThatIsNotTheDevicesEndsTheSelection(Place place) {
    Error failure = new StackOverflowError();
    assertSame(failure, refused("cuda", place, failure));
    assertSame(failure, refused("auto", place, failure));
  }

  @ParameterizedTest
  @EnumSource
  void whatCannotBeLinkedIsPassedOver(Place place) {
    Error failure = new UnsatisfiedLinkError("lib\nis gone");
    assertSame(failure, refused("cuda", place, failure));
    String message = refused("auto", place, failure).getMessage();
    assertTrue(message.contains("UnsatisfiedLinkError: lib; is gone; "), message);
    assertTrue(message.endsWith("not cpu: java.lang.LinkageError: second"), message);
  }

  @ParameterizedTest
  @EnumSource
  void theReportGoesOnAndSaysItInOneLine(Place place) {
    Map<Error, String> reasons =
        Map.of(
            new OutOfMemoryError("a\nb"), "Java's memory is used up (a; b)",
            new StackOverflowError(), "java.lang.StackOverflowError",
            new NoClassDefFoundError("c\n"), "java.lang.NoClassDefFoundError: c");
    reasons.forEach(
        (failure, reason) -> {
          List<BackendReport.Entry> entries =
              selection(failing(place, failure), second()).report().entries();
          assertEquals(
              List.of("cuda", "opencl", "cpu"),
              entries.stream().map(BackendReport.Entry::selector).toList());
          assertTrue(entries.get(0).reason().contains(reason), entries.toString());
          assertEquals(1, entries.get(0).reason().lines().count());
          assertEquals("java.lang.LinkageError: second", entries.get(2).reason());
        });
  }

  @Test
  void aFailureHidesNoneBeforeIt() {
    Error first = new StackOverflowError("in the known answer");
    Error second = new StackOverflowError("in close");
    BackendInfo info = new BackendInfo("cuda", "a card", 1, true, Set.of(DataType.FLOAT32));
    StubProvider provider =
        new StubProvider(
            "cuda",
            300,
            () -> ONE,
            device ->
                (OptimizerBackend)
                    Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {OptimizerBackend.class},
                        (proxy, method, arguments) -> {
                          if (method.getName().equals("info")) {
                            return info;
                          }
                          throw method.getName().equals("close") ? second : first;
                        }));
    assertSame(
        first,
        assertThrows(StackOverflowError.class, () -> selection(provider).open("cuda").close()));
    assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
  }

  /** Who asked gets no backend then, so that nothing would ever close it. */
  @Test
  void whereTheLogFailsNothingIsOpen() {
    IllegalStateException full = new IllegalStateException("the log is full");
    Handler failing =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            throw full;
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    StubBackends stubs = new StubBackends();
    List<OptimizerBackend> opened = new ArrayList<>();
    StubProvider provider =
        new StubProvider(
            "cuda",
            300,
            () -> ONE,
            device -> {
              opened.add(stubs.open("cuda", device, true));
              return opened.get(opened.size() - 1);
            });
    Logger logger = Logger.getLogger(Backends.class.getName());
    logger.addHandler(failing);
    try {
      assertSame(
          full,
          assertThrows(
              IllegalStateException.class, () -> selection(provider).open("cuda").close()));
      assertThrows(BackendException.class, () -> selection(provider).open("auto").close());
    } finally {
      logger.removeHandler(failing);
    }
    assertEquals(2, opened.size());
    for (OptimizerBackend backend : opened) {
      assertThrows(IllegalStateException.class, backend::synchronize);
    }
  }
}
