package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.emulator.CudaEmulator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver that does not page-lock the host's memory: other memory keeps the same promises. */
@ExtendWith(EmulatedCuda.class)
class RefusedPageLockingTest {
  private static final int LENGTH = 1000;

  private final LogCapture log = LogCapture.of(CudaContext.class);

  @BeforeEach
  void listen() {
    log.start();
  }

  @AfterEach
  void stop() {
    log.stop();
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("");
  }

  /** For want of memory or of a right, and as it is locked already, or cannot be. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 304, 712, 800, 801})
  void hostBuffersAreTransferredAsAnyMemory(int code) {
    try (OptimizerBackend backend = open();
        DeviceBuffer buffer = backend.allocate(FLOAT32, LENGTH)) {
      CudaEmulator.failCallsFrom("cuMemHostRegister", 1, code);
      HostBuffer given = backend.allocateHost(FLOAT32, LENGTH);
      HostBuffer read = backend.allocateHost(FLOAT32, LENGTH);
      for (int round = 0; round < 2; round++) {
        float[] expected = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
          expected[i] = round + i;
        }
        given.bytes().asFloatBuffer().put(expected);
        buffer.write(given);
        buffer.read(read);
        given.bytes().asFloatBuffer().put(new float[LENGTH]);
        float[] found = new float[LENGTH];
        read.bytes().asFloatBuffer().get(found);
        assertArrayEquals(expected, found);
      }
      Map<String, Long> calls =
          DriverCalls.during(
              () -> {
                given.close();
                read.close();
              });
      assertEquals(Map.of(), calls, "nothing is to be given back");
      assertThrows(IllegalStateException.class, given::bytes);
    }
    assertEquals(
        "WARNING cuda: cuMemHostRegister: 4,000 bytes of the host's memory cannot be page-locked"
            + (code == 2 ? "; free some" : "")
            + (code == 304 ? "; " + CudaCode.OPERATING_SYSTEM.remedy() : "")
            + " ("
            + CudaErrors.name(code)
            + ", "
            + code
            + ")"
            + ": a HostBuffer's transfers wait as those of other memory do",
        log.text(),
        "told once");
  }

  /** The first call is for the arguments of launches. */
  @ParameterizedTest
  @ValueSource(ints = {2, 801})
  void shortTransfersGoWithoutAStage(int code) {
    CudaEmulator.failCallsFrom("cuMemAllocHost", 2, code);
    Map<String, Long> calls =
        DriverCalls.during(
            () -> {
              try (OptimizerBackend backend = open();
                  DeviceBuffer buffer = backend.allocate(FLOAT32, LENGTH)) {
                CheckedSteps.everyVariant(backend, LENGTH);
                float[] source = new float[LENGTH];
                Arrays.fill(source, 1);
                buffer.write(source);
                Arrays.fill(source, 2);
                buffer.read(source);
                assertEquals(1, source[LENGTH - 1]);
              }
            });
    assertEquals(2, calls.get("cuMemAllocHost"), "it is asked once more, and then no longer");
    assertFalse(calls.containsKey("cuMemcpyHtoDAsync"));
    assertEquals(1, log.lines().size(), log.text());
  }

  @Test
  void eachKindIsToldOnce() {
    CudaEmulator.failCallsFrom("cuMemAllocHost", 2, 2); // the first call is for launches' arguments
    CudaEmulator.failCallsFrom("cuMemHostRegister", 1, 2);
    try (OptimizerBackend backend = open();
        DeviceBuffer buffer = backend.allocate(FLOAT32, LENGTH)) {
      for (int i = 0; i < 2; i++) {
        buffer.write(new float[LENGTH]);
        backend.allocateHost(FLOAT32, LENGTH).close();
      }
    }
    List<String> ends =
        log.lines().stream().map(line -> line.substring(line.lastIndexOf(": ") + 2)).toList();
    assertEquals(
        List.of(
            "short transfers wait for the device",
            "a HostBuffer's transfers wait as those of other memory do"),
        ends);
  }

  @Test
  void whatCannotDoWithoutItSaysWhatIsShort() {
    CudaEmulator.failCall("cuMemAllocHost", 1, 2);
    Exception e = assertThrows(DeviceOutOfMemoryException.class, RefusedPageLockingTest::open);
    assertTrue(
        e.getMessage()
            .endsWith(
                " bytes of the host's memory cannot be page-locked; free some"
                    + " (CUDA_ERROR_OUT_OF_MEMORY, 2)"),
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 719})
  void aLostDeviceIsNoRefusal(int code) {
    try (OptimizerBackend backend = open()) {
      CudaEmulator.failCall("cuMemHostRegister", 1, code);
      assertThrows(DeviceLostException.class, () -> backend.allocateHost(FLOAT32, 1));
    }
    assertEquals("", log.text());
  }
}
