package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_device_partition_property;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A context and a queue that are somebody else's: what is refused, retained and given back. */
class AdoptedContextTest {
  private Framework framework;

  @BeforeEach
  void start() {
    Pocl.demand();
    framework = new Framework();
  }

  @AfterEach
  void end() {
    framework.close();
  }

  @Test
  void theDeviceOfANameIsTheOneThatIsOpenedByIt() {
    cl_device_id device = OpenCl.device(Pocl.DEVICE);
    assertEquals(framework.device.id(), device);
    try (OptimizerBackend named = new OpenClProvider().open(Pocl.DEVICE)) {
      assertEquals(named.info().device(), FoundDevice.of(new Jocl(), device).description());
    }
    String refused =
        assertThrows(BackendException.class, () -> OpenCl.device("no such device")).getMessage();
    assertTrue(
        refused.startsWith("opencl: open: no device \"no such device\": there is "), refused);
    assertThrows(NullPointerException.class, () -> OpenCl.device(null));
  }

  private String refusal(cl_context context, cl_device_id device, cl_command_queue queue) {
    List<Integer> before = framework.references();
    String refused =
        assertThrows(
                IllegalArgumentException.class, () -> OpenCl.open(context, device, queue).close())
            .getMessage();
    framework.awaitReferences(before);
    return refused;
  }

  private static void assertEnds(String end, String message) {
    assertTrue(message.endsWith(end), message);
  }

  @ParameterizedTest
  @EnumSource
  void theBitsAreRight(JoclMode mode) {
    mode.during(
        () -> {
          try (OptimizerBackend backend = framework.open()) {
            CheckedSteps.everyVariant(backend, 300);
            assertTrue(backend.info().exact());
            assertEquals(framework.device.description(), backend.info().device());
          }
        });
  }

  @Test
  void aQueueThatIsOutOfOrderIsRefused() {
    cl_command_queue queue = framework.queue(CL.CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    assertEnds(
        " has properties 0x1, out of order: expected an in-order queue",
        refusal(framework.context, framework.device.id(), queue));
    CL.clReleaseCommandQueue(queue);
  }

  @Test
  void aQueueOfAnotherContextIsRefused() {
    try (Framework other = new Framework()) {
      assertEnds(
          ": expected one of " + framework.context,
          refusal(framework.context, framework.device.id(), other.queue));
    }
  }

  @Test
  void aQueueOfAnotherDeviceIsRefused() {
    cl_device_id part = part();
    assertEnds(": expected one of " + part, refusal(framework.context, part, framework.queue));
    CL.clReleaseDevice(part);
  }

  @Test
  void whatIsNoHandleIsRefused() {
    cl_context context = framework.context;
    cl_device_id device = framework.device.id();
    cl_command_queue none = new cl_command_queue();
    assertEquals(none + ": expected a command queue", refusal(context, device, none));
    assertEnds(
        ": expected one of " + new cl_context(),
        refusal(new cl_context(), device, framework.queue));
    assertEquals(
        CL.CL_INVALID_DEVICE,
        assertThrows(
                BackendException.class,
                () -> OpenCl.open(context, new cl_device_id(), framework.queue).close())
            .nativeCode());
    assertThrows(
        NullPointerException.class, () -> OpenCl.open(null, device, framework.queue).close());
    assertThrows(
        NullPointerException.class, () -> OpenCl.open(context, null, framework.queue).close());
    assertThrows(NullPointerException.class, () -> OpenCl.open(context, device, null).close());
  }

  /** One of the processors that PoCL's device has. */
  private cl_device_id part() {
    cl_device_partition_property by = new cl_device_partition_property();
    by.addProperty(CL.CL_DEVICE_PARTITION_EQUALLY, 1);
    int[] count = new int[1];
    CL.clCreateSubDevices(framework.device.id(), by, 0, null, count);
    cl_device_id[] parts = new cl_device_id[count[0]];
    CL.clCreateSubDevices(framework.device.id(), by, parts.length, parts, null);
    for (int i = 1; i < parts.length; i++) {
      CL.clReleaseDevice(parts[i]);
    }
    return parts[0];
  }

  /** All of it, and the device is a part of one, which ends with its last reference. */
  @Test
  void aBackendKeepsWhatItsOwnerReleases() {
    cl_device_id part = part();
    cl_context context = Framework.context(framework.device, part);
    cl_command_queue queue = Framework.queue(context, part, 0);
    cl_mem memory = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, 64, null, null);
    try (OptimizerBackend backend = OpenCl.open(context, part, queue);
        DeviceBuffer buffer = backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, 16, this))) {
      CL.clReleaseMemObject(memory);
      CL.clReleaseCommandQueue(queue);
      CL.clReleaseContext(context);
      CL.clReleaseDevice(part);
      buffer.write(new float[16]);
      CheckedSteps.everyVariant(backend, 300);
    }
  }

  @Test
  void allThatIsRetainedIsReleased() {
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, 400);
    ForeignMemory part = ForeignMemory.openCl(memory, 10, FLOAT32, 90, this);
    List<Integer> before = framework.references();
    OptimizerBackend backend = framework.open();
    int alone = Framework.references(memory);
    DeviceBuffer one = backend.wrap(part);
    DeviceBuffer other = backend.wrap(part);
    DeviceBuffer slice = one.slice(0, 5);
    assertEquals(alone + 2, Framework.references(memory));
    slice.close();
    one.close();
    one.close();
    assertEquals(alone + 1, Framework.references(memory));
    for (int i = 0; i < 1000; i++) {
      backend.wrap(part).close();
    }
    assertEquals(alone + 1, Framework.references(memory));
    List<Integer> open = framework.references();
    assertTrue(open.get(0) > before.get(0) && open.get(1) > before.get(1), open::toString);
    backend.close();
    backend.close();
    other.close();
    framework.awaitReferences(before);
  }

  @Test
  void whatIsDroppedIsReleased() throws InterruptedException {
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, 400);
    List<Integer> before = framework.references();
    OptimizerBackend[] backend = {framework.open()};
    drop(backend[0], memory);
    for (int i = 0; i < 600 && Framework.references(memory) > 1; i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertEquals(1, Framework.references(memory));
    drop(backend[0], memory);
    backend[0] = null;
    framework.awaitReferences(before);
  }

  private static void drop(OptimizerBackend backend, cl_mem memory) {
    assertEquals(
        100, backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, 100, "owner")).length());
    assertEquals(2, Framework.references(memory));
  }

  @Test
  void aDeviceOfWrongBitsIsRefused() {
    List<Integer> before = framework.references();
    PlantedDriver planted = new PlantedDriver();
    planted.plant(
        (call, arguments) -> {
          if (call.equals("clCreateProgramWithSource")) {
            String text = (String) arguments[1];
            arguments[1] = text.replace("k.decay * ", "k.decay + ");
            assertTrue(!text.equals(arguments[1]), "nothing is planted");
          }
          return CL.CL_SUCCESS;
        });
    String refused =
        assertThrows(BackendException.class, () -> framework.open(planted.driver(), false).close())
            .getMessage();
    assertTrue(
        refused.startsWith("opencl: open: ") && refused.contains(" gives other bits than "),
        refused);
    framework.awaitReferences(before);
  }

  /** The first of each kind, by a code and by an Error. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsRetainedIfACallFails(boolean isError) {
    List<Integer> before = framework.references();
    PlantedDriver whole = new PlantedDriver();
    framework.open(whole.driver(), false).close();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < whole.calls().size(); i++) {
      String call = whole.calls().get(i);
      if (seen.add(call) && !call.equals("clFlush") && !call.startsWith("clRelease")) {
        int place = i;
        PlantedDriver planted = new PlantedDriver();
        planted.plant(
            (name, arguments) -> {
              if (planted.calls().size() != place + 1) {
                return CL.CL_SUCCESS;
              }
              if (isError) {
                throw new OutOfMemoryError("planted");
              }
              return CL.CL_OUT_OF_RESOURCES;
            });
        Class<? extends Throwable> told = isError ? OutOfMemoryError.class : BackendException.class;
        assertThrows(told, () -> framework.open(planted.driver(), false).close(), call);
        framework.awaitReferences(before);
      }
    }
    assertTrue(
        seen.containsAll(List.of("clRetainDevice", "clRetainContext", "clRetainCommandQueue")));
  }

  @Test
  void aWrapThatFailsRetainsNothing() {
    cl_mem memory = framework.memory(CL.CL_MEM_READ_WRITE, 400);
    PlantedDriver planted = new PlantedDriver();
    try (OptimizerBackend backend = framework.open(planted.driver(), false)) {
      for (String failing : List.of("clGetMemObjectInfo", "clRetainMemObject")) {
        planted.plant(
            (call, arguments) -> call.equals(failing) ? CL.CL_OUT_OF_HOST_MEMORY : CL.CL_SUCCESS);
        assertThrows(
            BackendException.class,
            () -> backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, 100, this)).close());
        assertEquals(1, Framework.references(memory));
      }
    }
  }
}
