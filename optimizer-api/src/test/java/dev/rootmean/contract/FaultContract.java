package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Progress;
import dev.rootmean.contract.machinery.FaultTraining;
import dev.rootmean.contract.machinery.FaultTraining.Operation;
import dev.rootmean.contract.machinery.FaultyDevice;
import dev.rootmean.contract.machinery.FaultyDevice.Call;
import dev.rootmean.contract.machinery.FaultyDevice.Fault;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.DeviceBackend;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a training when any one call of its device fails: the exception says it, each
 * tensor is as before or as after, the operation can be done again, and the last bits are those of
 * a training that nothing happened to. A device that is lost is lost for good. Nothing is left.
 *
 * @param <M> the device's handle of an allocation
 */
public abstract class FaultContract<M> {
  private static final List<Fault> PASSING =
      List.of(Fault.OUT_OF_MEMORY, Fault.REFUSED, Fault.REFUSED_LATE, Fault.FULL_HEAP);

  private final LogCapture log = LogCapture.of(DeviceBackend.class);
  private FaultyDevice<M> device;

  /** What there was at the beginning, and after each operation, when nothing failed. */
  private final List<Map<String, List<Double>>> undisturbed = new ArrayList<>();

  private Progress progress;

  /**
   * Opens the device under test.
   *
   * @return one that works
   */
  protected abstract Device<M> open();

  @BeforeEach
  void begin() {
    device = new FaultyDevice<>(open());
    log.start(); // a release that fails is told
  }

  @AfterEach
  void end() {
    log.stop();
    device.end();
  }

  private OptimizerBackend backend() {
    Set<DataType> types = Set.of(DataType.FLOAT32, DataType.FLOAT64);
    return new DeviceBackend<>(
        new BackendInfo("faulty", "a device that fails", 1 << 30, true, types), device);
  }

  /** On one backend, which stays usable. */
  @Test
  void whateverFailsCanBeDoneAgain() {
    int faults = 0;
    try (OptimizerBackend backend = backend()) {
      trainUndisturbed(backend);
      List<Call> calls = calls(backend);
      for (int nth = 1; nth <= calls.size(); nth++) {
        Call call = calls.get(nth - 1);
        for (Fault fault :
            LongTests.areWanted() ? PASSING : List.of(PASSING.get(nth % PASSING.size()))) {
          device.fail(nth, fault);
          String what = fault + " in call " + nth + ", " + call;
          int failures = train(backend, what);
          assertEquals(call == Call.FREE ? 0 : 1, failures, what + ": who is told");
          device.assertNothingIsLeft();
          faults++;
        }
      }
    }
    System.out.printf(Locale.ROOT, "%d faults%n", faults);
  }

  private void trainUndisturbed(OptimizerBackend backend) {
    FaultTraining training = new FaultTraining(backend);
    undisturbed.add(training.contents());
    for (Operation operation : training.operations()) {
      operation.call().run();
      undisturbed.add(training.contents());
    }
    progress = training.progress();
  }

  /** Those of a training on a backend. */
  private List<Call> calls(OptimizerBackend backend) {
    device.fail(0, Fault.REFUSED);
    new FaultTraining(backend).operations().forEach(operation -> operation.call().run());
    List<Call> calls = List.copyOf(device.calls());
    assertEquals(EnumSet.allOf(Call.class), EnumSet.copyOf(calls), "each kind is among them");
    return calls;
  }

  /** How many operations failed. */
  private int train(OptimizerBackend backend, String fault) {
    FaultTraining training = new FaultTraining(backend);
    int failures = 0;
    for (int i = 0; i < training.operations().size(); i++) {
      Operation operation = training.operations().get(i);
      try {
        operation.call().run();
      } catch (BackendException | OutOfMemoryError e) {
        String what = fault + ", in \"" + operation.name() + "\"";
        assertTrue(e.getMessage().contains("planted"), what);
        assertOldOrNew(training, i, what);
        training.again(operation);
        failures++;
        assertEquals(undisturbed.get(i + 1), training.contents(), what);
      }
    }
    assertEquals(progress, training.progress(), fault);
    return failures;
  }

  private void assertOldOrNew(FaultTraining training, int operation, String what) {
    Map<String, List<Double>> before = undisturbed.get(operation);
    Map<String, List<Double>> after = undisturbed.get(operation + 1);
    boolean hasMoved = false;
    for (Map.Entry<String, List<Double>> tensor : training.contents().entrySet()) {
      String name = tensor.getKey();
      if (!tensor.getValue().equals(before.get(name))) {
        assertEquals(after.get(name), tensor.getValue(), what + ": neither old nor new: " + name);
        hasMoved = true;
      }
    }
    if (hasMoved && training.operations().get(operation).isStep()) {
      assertTrue(training.isHalfDone(), what + ": it is told that the step is half done");
    }
  }

  /** On a backend each, which ends there. */
  @Test
  void aDeviceThatIsLostIsLostForGood() {
    List<Call> calls;
    try (OptimizerBackend backend = backend()) {
      calls = calls(backend);
    }
    for (Call call : Call.values()) {
      lose(calls.indexOf(call) + 1, Fault.LOST, call);
      lose(calls.lastIndexOf(call) + 1, Fault.LOST_LATE, call);
    }
  }

  private void lose(int nth, Fault fault, Call call) {
    String what = fault + " in call " + nth + ", " + call;
    device.fail(nth, fault);
    OptimizerBackend backend = backend();
    FaultTraining training = new FaultTraining(backend);
    DeviceLostException told = trainUntilLost(training);
    DeviceLostException later = assertThrows(DeviceLostException.class, backend::synchronize, what);
    assertTrue(isOf(told, later), what + ": the first cause is kept");
    int asked = device.calls().size();
    assertThrows(DeviceLostException.class, () -> backend.allocate(DataType.FLOAT32, 1), what);
    assertEquals(asked, device.calls().size(), what + ": the device is not asked any more");
    training.close();
    device.assertNothingIsLeft();
    backend.close();
    assertEquals(1, device.released(), what);
  }

  /** The loss; null if it is met by what comes last, which gives back and throws nothing. */
  private static DeviceLostException trainUntilLost(FaultTraining training) {
    try {
      training.operations().forEach(operation -> operation.call().run());
      return null;
    } catch (DeviceLostException e) {
      return e;
    }
  }

  /** Who frees memory is not told; the first call after that is, as every later one. */
  @SuppressWarnings("ReferenceEquality") // the same exception, not one like it
  private static boolean isOf(DeviceLostException told, DeviceLostException later) {
    return told == null || later.getCause() == told || later.getCause() == told.getCause();
  }
}
