package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.spi.Availability;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.jocl.CL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What drivers answer that are not at hand. */
class PlantedAnswersTest {
  private static final int LENGTH = 300;
  private static final RmsProp RULE = NamedRule.PLAIN.rule();

  private final PlantedDriver planted = new PlantedDriver();
  private final OpenClProvider provider =
      new OpenClProvider(planted::driver, device -> 0, OpenClQueue.Limits.OF_DRIVERS);

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  /** Has a query of a number, the third argument's place for it, be answered so. */
  private void answer(String query, int what, int place, long number) {
    planted.plant(
        (call, arguments) -> {
          if (!call.equals(query) || (int) arguments[place - 1] != what) {
            return CL.CL_SUCCESS;
          }
          ByteBuffer.wrap((byte[]) arguments[place]).order(ByteOrder.nativeOrder()).putLong(number);
          return PlantedDriver.Fault.ANSWERED;
        });
  }

  @Test
  void aDeviceWithSmallGroupsIsRefusedInWords() {
    answer("clGetDeviceInfo", CL.CL_DEVICE_MAX_WORK_GROUP_SIZE, 2, 128);
    String refused =
        assertThrows(BackendException.class, () -> provider.open(Pocl.DEVICE).close()).getMessage();
    assertTrue(
        refused.endsWith("the device takes work-groups of at most 128 work-items: expected 256"),
        refused);
  }

  @Test
  void aDeviceMayHaveNoDoubles() {
    answer("clGetDeviceInfo", CL.CL_DEVICE_DOUBLE_FP_CONFIG, 2, 0);
    assertEquals(Set.of(FLOAT32), dataTypes());
    planted.plant(
        (call, arguments) ->
            call.equals("clGetDeviceInfo") && (int) arguments[1] == CL.CL_DEVICE_DOUBLE_FP_CONFIG
                ? CL.CL_INVALID_VALUE
                : CL.CL_SUCCESS);
    assertEquals(Set.of(FLOAT32), dataTypes());
  }

  @Test
  void aCallThatFailsWhileDevicesAreSoughtIsToldWithoutAClassName() {
    planted.plant(
        (call, arguments) -> call.equals("clGetPlatformIDs") ? CL.CL_INVALID_VALUE : CL.CL_SUCCESS);
    String reason =
        "OpenCL fails: opencl: clGetPlatformIDs: failed (CL_INVALID_VALUE, "
            + CL.CL_INVALID_VALUE
            + ")";
    assertEquals(reason, provider.probe().reason());
    assertEquals(
        "opencl: open: " + reason + "; check the installation with clinfo",
        assertThrows(BackendException.class, () -> provider.open("").close()).getMessage());
  }

  private Set<DataType> dataTypes() {
    try (OptimizerBackend backend = provider.open(Pocl.DEVICE)) {
      return backend.info().dataTypes();
    }
  }

  /** So NVIDIA tells of a kernel that died: nobody knows what the buffers hold. */
  @Test
  void runningOutOfResourcesWhileStepsRunIsALoss() {
    try (OptimizerBackend backend = provider.open(Pocl.DEVICE)) {
      stepOnce(backend);
      planted.plant((call, arguments) -> fail(call, "clFinish", 0));
      String lost = assertThrows(DeviceLostException.class, backend::synchronize).getMessage();
      assertTrue(lost.contains("on the device: close this backend and open a new one; "), lost);
      assertTrue(
          lost.contains(
              "reported after a launch (rmsprop_p_float32_g_float32_v_float32, 300 elements) ("),
          lost);
      planted.plant(PlantedDriver.Fault.NONE);
      assertThrows(DeviceLostException.class, backend::synchronize);
    }
  }

  @Test
  void runningOutOfResourcesWhileMemoryIsTakenIsNone() {
    try (OptimizerBackend backend = provider.open(Pocl.DEVICE)) {
      stepOnce(backend);
      long finishes = planted.count("clFinish");
      planted.plant((call, arguments) -> fail(call, "clFinish", finishes + 2));
      assertThrows(
          DeviceOutOfMemoryException.class, () -> backend.allocate(FLOAT32, LENGTH).close());
      stepOnce(backend);
    }
  }

  /** Fails a call, or only the one that is the nth of all if n is not 0. */
  private int fail(String call, String wanted, long n) {
    return call.equals(wanted) && (n == 0 || planted.count(wanted) == n)
        ? CL.CL_OUT_OF_RESOURCES
        : CL.CL_SUCCESS;
  }

  /** What was opened by the right bits of one program says nothing of another. */
  @Test
  void aWrongProgramIsRefusedWheneverItIsToBeUsed() {
    planted.plant(
        (call, arguments) -> {
          if (call.equals("clCreateProgramWithSource")) {
            arguments[1] = ((String) arguments[1]).replace("factor * gradient", "gradient");
          }
          return CL.CL_SUCCESS;
        });
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    try (OptimizerBackend backend = provider.open(Pocl.DEVICE);
        DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
        GradientDecision decision = GradientDecision.allocate(backend, policy, FLOAT32, LENGTH)) {
      stepOnce(backend);
      for (int i = 0; i < 2; i++) {
        String refused =
            assertThrows(BackendException.class, () -> backend.measure(grads, decision))
                .getMessage();
        assertTrue(
            refused.contains("its step rmsprop_p_float32_g_float32_v_float32_d_float32"), refused);
      }
      stepOnce(backend);
    }
  }

  private static void stepOnce(OptimizerBackend backend) {
    try (DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH)) {
      backend.step(RULE, params, grads, state);
    }
  }

  /** PoCL aborts on some machines, and takes seconds and signals on all. */
  @Test
  void poclIsAskedOnlyIfItIsMeant() {
    FoundDevice pocl = Pocl.device();
    planted.plant(
        (call, arguments) -> {
          boolean asked = call.equals("clGetDeviceIDs") && arguments[0].equals(pocl.platform());
          assertFalse(asked, "PoCL is asked for its devices");
          return CL.CL_SUCCESS;
        });
    Availability automatic = provider.probeAutomatic();
    assertTrue(
        automatic.devices().stream().noneMatch(device -> device.name().contains(Pocl.DEVICE)));
    if (automatic.devices().isEmpty()) {
      assertTrue(automatic.reason().contains(Pocl.DEVICE + " is taken only by name"));
    } else {
      provider.open(automatic.devices().get(0).selector()).close();
    }
    assertThrows(AssertionError.class, () -> provider.open(Pocl.DEVICE).close());
  }

  /** The numbers that automatic selection opens by are those that the report shows. */
  @Test
  void theOtherDevicesKeepTheirNumbers() {
    Availability automatic = provider.probeAutomatic();
    assertEquals(
        automatic.devices(), provider.probe().devices().subList(0, automatic.devices().size()));
  }
}
