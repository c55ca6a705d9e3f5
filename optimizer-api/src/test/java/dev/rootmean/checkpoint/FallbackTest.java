package dev.rootmean.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.EventCapture;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call on a device is once the one in which it is lost. */
class FallbackTest {
  private static final int STEPS = 11;
  private static final int LATE = 5;
  private static final int INTERVAL = 4;
  private static final int NEVER = Integer.MAX_VALUE;

  private static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(3)
          .withMicroBatches(3)
          .withLossScale(new LossScale(64, 2, 0.5, 4, 1));

  private final LogCapture log = LogCapture.of(Fallback.class);
  private final List<LosingDevice> opened = new ArrayList<>();

  @BeforeEach
  void listen() {
    log.start();
  }

  @AfterEach
  void stop() {
    log.stop();
    assertTrue(opened.stream().allMatch(device -> device.released), "a backend is open");
  }

  /** A backend for many trainings, as trying out another one takes longer than they do. */
  private static OptimizerBackend unclosed(OptimizerBackend backend) {
    return (OptimizerBackend)
        Proxy.newProxyInstance(
            FallbackTest.class.getClassLoader(),
            new Class<?>[] {OptimizerBackend.class},
            (proxy, method, arguments) ->
                method.getName().equals("close") ? null : method.invoke(backend, arguments));
  }

  /** Of devices 0 and so on, each of which is lost in the call of this number. */
  private Fallback fallback(int... lastCalls) {
    return new Fallback(
            IntStream.range(0, lastCalls.length).mapToObj(Integer::toString).toList(),
            STEPS,
            selector -> {
              LosingDevice device = new LosingDevice(lastCalls[Integer.parseInt(selector)]);
              opened.add(device);
              return ScalarDevice.open(device);
            })
        .snapshotEvery(INTERVAL);
  }

  private static Optimizer model(OptimizerBackend backend) {
    return model(backend, Precision.FLOAT32);
  }

  private static Optimizer model(OptimizerBackend backend, Precision precision) {
    Optimizer optimizer =
        Optimizer.builder(backend, NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule())
            .parameter("a", 7, 5)
            .parameter("a.square_avg", 35) // as an accumulator of a is called in files
            .group("b", rule -> rule.learningRate(0.03).momentum(0))
            .parameter("b", 33)
            .policy(POLICY)
            .precision(precision)
            .schedule(step -> 0.05 / (step + 1))
            .build();
    optimizer.names().forEach(name -> write(optimizer, name, true, -1));
    return optimizer;
  }

  private static void write(Optimizer optimizer, String name, boolean parameter, long seed) {
    var buffer = parameter ? optimizer.parameter(name) : optimizer.gradient(name);
    double[] values =
        NumberKind.ORDINARY.take(DataType.FLOAT32, (int) buffer.length(), name.hashCode() + seed);
    if (seed == 7) {
      values[0] = Double.NaN; // this step is skipped
    }
    Elements.write(buffer, values);
  }

  private static void step(Optimizer optimizer, long step) {
    if (step == LATE) {
      optimizer.add("late", "b", 3, 3);
    }
    optimizer.names().forEach(name -> write(optimizer, name, false, step));
    optimizer.step();
  }

  /** All that came of a training, to the last bit. */
  private static List<Object> result(Fallback fallback) {
    return result(fallback, Precision.FLOAT32);
  }

  private static List<Object> result(Fallback fallback, Precision precision) {
    List<Object> result = new ArrayList<>();
    fallback.train(
        backend -> model(backend, precision),
        STEPS,
        FallbackTest::step,
        optimizer -> {
          result.clear();
          result.add(optimizer.progress());
          List<Content> contents = new ArrayList<>(Content.parameters(optimizer));
          contents.addAll(Content.state(optimizer, optimizer.progress().gatheredTensors()));
          for (Content content : contents) {
            double[] values = new double[(int) content.buffer().length()];
            Elements.read(content.buffer(), values);
            result.add(content.name() + Arrays.toString(values));
          }
        });
    return result;
  }

  static Stream<Precision> precisions() {
    return Stream.of(
        Precision.FLOAT32, Precision.BFLOAT16.withSeed(5), Precision.BFLOAT16_WITH_REMAINDER);
  }

  @ParameterizedTest
  @MethodSource("precisions")
  void whereverADeviceIsLostTheBitsAreTheSame(Precision precision) {
    List<Object> undisturbed = result(fallback(NEVER), precision);
    int calls = opened.get(0).calls;
    assertTrue(calls > 100, calls + " calls");
    try (OptimizerBackend survivor = ScalarDevice.open(new ScalarDevice())) {
      int every = precision.equals(Precision.FLOAT32) ? 1 : 5; // the calls are the same ones
      for (int call = 1; call < calls; call += every) { // the last is close, which tells nobody
        LosingDevice losing = new LosingDevice(call);
        Fallback fallback =
            new Fallback(
                List.of("losing", "survivor"),
                INTERVAL,
                selector ->
                    selector.equals("losing") ? ScalarDevice.open(losing) : unclosed(survivor));
        assertEquals(undisturbed, result(fallback, precision), "lost in call " + call);
        assertTrue(losing.released);
      }
    }
  }

  @Test
  void oneAfterTheOtherMayBeLost() {
    List<Object> undisturbed = result(fallback(NEVER));
    assertEquals(undisturbed, result(fallback(opened.get(0).calls - 20, 150, 50, NEVER)));
  }

  @Test
  void theLogAndARecordingSayWhatWasLostAndWhereTheTrainingGoesOn() {
    int[] taken = new int[1];
    EventCapture capture = EventCapture.start();
    fallback(NEVER, 1, NEVER)
        .train(
            FallbackTest::model,
            STEPS,
            (optimizer, step) -> {
              if (taken[0]++ == 7) {
                opened.get(0).calls = NEVER - 1;
              }
              step(optimizer, step);
            },
            optimizer -> {});
    assertEquals(STEPS + 4, taken[0]);
    assertEquals(
        List.of(
            "INFO training on 0 (a Java loop)",
            "WARNING 0 (a Java loop) is lost in step 7: scalar: send: lost",
            "WARNING 1 cannot be used: scalar: allocate: lost",
            "WARNING going back from step 7 to step 4, and on with 2 (a Java loop)"),
        log.lines());
    try (capture) {
      List<RecordedEvent> events = capture.events("Fallback");
      assertEquals(1, events.size(), events::toString);
      RecordedEvent event = events.get(0);
      assertEquals("0 (a Java loop)", event.getString("from"));
      assertEquals("2 (a Java loop)", event.getString("to"));
      assertEquals("scalar: send: lost", event.getString("reason"));
      assertEquals(7, event.getLong("lostIn"));
      assertEquals(4, event.getLong("goesOnFrom"));
    }
  }

  @Test
  void withNoBackendLeftTheLossIsThrown() {
    DeviceLostException lost =
        assertThrows(DeviceLostException.class, () -> result(fallback(150, 3)));
    assertEquals("lost; no backend is left to go on with: scalar: allocate: lost", lost.reason());
    assertEquals("lost", ((DeviceLostException) lost.getCause()).reason());
    lost = assertThrows(DeviceLostException.class, () -> result(fallback(150)));
    assertEquals("lost; no backend is left to go on with", lost.reason());
  }

  @Test
  void whatCannotBeUsedIsPassedOver() {
    Fallback fallback =
        new Fallback(
            List.of("small", "broken", "odd", "old"),
            INTERVAL,
            selector -> {
              throw switch (selector) {
                case "small" ->
                    new DeviceOutOfMemoryException("small", "allocate", 0, "", "is full", null);
                case "broken" -> new BackendException("broken", "open", "no driver", null);
                case "odd" -> new IllegalStateException("odd");
                default -> throw new UnsatisfiedLinkError("libold.so");
              };
            });
    BackendException none = assertThrows(BackendException.class, () -> result(fallback));
    assertEquals(
        "small, broken, odd, old: open: small: allocate: is full; broken: open: no driver;"
            + " java.lang.IllegalStateException: odd; java.lang.UnsatisfiedLinkError: libold.so",
        none.getMessage());
  }

  @Test
  void anyOtherExceptionPassesThrough() {
    IOException full = new IOException("disk full");
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                fallback(NEVER, NEVER)
                    .train(
                        FallbackTest::model,
                        STEPS,
                        (optimizer, step) -> {
                          throw full;
                        },
                        optimizer -> {}));
    assertSame(full, thrown);
    assertEquals(1, opened.size());
  }

  @Test
  void anOptimizerThatIsMadeOtherwiseIsRefused() {
    Fallback fallback = fallback(150, NEVER);
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () ->
                fallback.train(
                    backend ->
                        opened.size() == 1
                            ? model(backend)
                            : Optimizer.builder(backend, NamedRule.PLAIN.rule())
                                .parameter("a", 35)
                                .group("b", rule -> rule)
                                .parameter("b", 33)
                                .build(),
                    STEPS,
                    FallbackTest::step,
                    optimizer -> {}));
    assertTrue(refused.getMessage().startsWith("the optimizer was made otherwise"));
    assertEquals("lost", ((DeviceLostException) refused.getSuppressed()[0]).reason());
  }

  @Test
  void badSettingsAreToldAtOnce() {
    assertThrows(IllegalArgumentException.class, Fallback::on);
    assertEquals(
        "unknown backend \"cqu:0\": expected auto, cpu, cuda, opencl",
        assertThrows(IllegalArgumentException.class, () -> Fallback.on("auto", "cpu", "cqu:0"))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> Fallback.on("cpu").snapshotEvery(0));
  }
}
