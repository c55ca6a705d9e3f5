package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract cannot see from outside: which hooks are called, and what a failure leaves. */
class DeviceBackendTest {
  private static final RmsProp RULE = RmsProp.builder().build();

  private interface Waiting {
    void here() throws InterruptedException;
  }

  /** Writes down which hooks are called; the one that is told to fails. */
  private static final class Frail extends ScalarDevice {
    private final List<String> calls = new ArrayList<>();
    private String failing = "";
    private int longest;
    private Waiting inAwait = () -> {};
    private Throwable failure =
        new DeviceLostException("frail", "launch", 700, "ILLEGAL_ADDRESS", "it fell off", null);

    private void called(String hook) {
      calls.add(hook);
      if (hook.equals(failing)) {
        throw Frail.<RuntimeException>unchecked(failure);
      }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T unchecked(Throwable any) throws T {
      throw (T) any;
    }

    @Override
    public TypedArray allocateMemory(DataType type, long length) {
      called("allocate");
      return super.allocateMemory(type, length);
    }

    @Override
    public void free(TypedArray memory) {
      called("free");
    }

    @Override
    public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
      called("write");
      longest = Math.max(longest, source.remaining());
      super.copyToDevice(target, offset, source);
    }

    @Override
    public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
      called("read");
      longest = Math.max(longest, target.remaining());
      super.copyFromDevice(source, offset, target);
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> control) {
      called("step");
    }

    @Override
    public void awaitQueue() {
      called("await");
      try {
        inAwait.here();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void releaseDevice() {
      called("release");
    }
  }

  private final LogCapture log = LogCapture.of(DeviceBackend.class);
  private final Frail device = new Frail();
  private final OptimizerBackend backend = device.open();
  private final DeviceBuffer params = backend.allocate(FLOAT32, 4);
  private final DeviceBuffer grads = backend.allocate(FLOAT32, 4);
  private final RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 4);

  @BeforeEach
  void capture() {
    log.start();
    device.calls.clear();
  }

  @AfterEach
  void release() {
    backend.close();
    log.stop();
  }

  private List<Executable> calls() {
    return List.of(
        () -> backend.step(RULE, params, grads, state),
        () -> params.read(new float[4]),
        () -> params.write(new float[4]),
        () -> params.slice(0, 1),
        backend::synchronize,
        () -> backend.allocate(FLOAT32, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"step", "read", "write", "allocate", "await"})
  void aLostDeviceStaysLost(String hook) {
    device.failing = hook;
    for (Executable call : calls()) {
      try {
        call.execute();
      } catch (Throwable e) {
        assertSame(device.failure, e);
        break;
      }
    }
    assertEquals(hook, device.calls.get(device.calls.size() - 1));
    device.failing = "";
    device.calls.clear();
    for (Executable call : calls()) {
      DeviceLostException later = assertThrows(DeviceLostException.class, call);
      assertEquals(700, later.nativeCode());
      assertEquals("launch", later.operation());
      assertSame(device.failure, later.getCause());
    }
    assertEquals(List.of(), device.calls, "no hook is called");
    params.close();
    backend.close();
    assertEquals(List.of("free", "free", "free", "release"), device.calls);
  }

  @Test
  void anotherFailureCanBeTriedAgain() {
    device.failing = "step";
    device.failure = new IllegalStateException("for once");
    assertSame(
        device.failure,
        assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state)));
    device.failing = "";
    backend.step(RULE, params, grads, state);
  }

  @Test
  void closeFreesWhatIsLeftAndSaysHowMuch() {
    params.close();
    params.close();
    backend.close();
    backend.close();
    state.close();
    assertEquals(List.of("free", "await", "free", "free", "release"), device.calls);
    assertEquals(
        List.of("WARNING scalar: 2 buffers were open at close and are freed now"), log.lines());
  }

  @Test
  void closeAfterAllBuffersIsSilent() {
    params.close();
    grads.close();
    state.close();
    backend.close();
    assertEquals(List.of(), log.lines());
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "await", "release"})
  void closeNeverThrowsAndNeverStopsHalfway(String hook) {
    device.failing = hook;
    params.close();
    backend.close();
    List<String> expected = new ArrayList<>(List.of("free", "await", "free", "free", "release"));
    if (hook.equals("free")) {
      expected.remove("await"); // the device is known to be lost by then
    }
    assertEquals(expected, device.calls);
  }

  @Test
  void aDeviceThatIsLostWhileFreeingIsLost() {
    device.failing = "free";
    params.close();
    device.failing = "";
    DeviceLostException later = assertThrows(DeviceLostException.class, backend::synchronize);
    assertSame(device.failure, later.getCause());
  }

  @Test
  void slicesAreNotFreed() {
    DeviceBuffer slice = params.slice(1, 2);
    slice.close();
    assertEquals(List.of(), device.calls);
    params.close();
    slice.close();
    assertEquals(List.of("free"), device.calls);
  }

  @Test
  void nothingIsCopiedForNothing() {
    params.read(4, new float[0], 0, 0);
    params.write(0, new float[3], 3, 0);
    assertEquals(List.of(), device.calls);
  }

  /** Within some hundred steps the caller waits, so that close need not wait for more. */
  @Test
  void theQueueIsBounded() {
    for (int i = 0; i < 1000; i++) {
      backend.step(RULE, params, grads, state);
    }
    assertEquals(1000, device.calls.stream().filter("step"::equals).count());
    int waiting = 0;
    for (String call : device.calls) {
      waiting = call.equals("step") ? waiting + 1 : 0;
      assertTrue(waiting <= 256, "steps in the queue");
    }
  }

  /**
   * An error of what was queued before must not be taken for this step's: it is not queued then.
   */
  @Test
  void aStepThatHadToWaitInVainIsNotQueued() {
    for (int i = 0; i < 256; i++) {
      backend.step(RULE, params, grads, state);
    }
    device.failing = "await";
    device.failure = new IllegalStateException("for once");
    device.calls.clear();
    assertThrows(IllegalStateException.class, () -> backend.step(RULE, params, grads, state));
    assertEquals(List.of("await"), device.calls);
    device.failing = "";
    backend.step(RULE, params, grads, state);
    assertEquals(List.of("await", "await", "step"), device.calls);
  }

  /** Who closes has to wait for who is in a call, but not for those who came later. */
  @Test
  void closeTurnsAwayWhoeverWaits() throws InterruptedException {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    device.inAwait =
        () -> {
          reached.countDown();
          goOn.await();
        };
    Thread holder = new Thread(backend::synchronize);
    holder.start();
    reached.await();
    device.inAwait = () -> {};
    Thread closer = new Thread(backend::close);
    startBlocked(closer);
    List<Thread> late = new ArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    for (int i = 0; i < 8; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  backend.step(RULE, params, grads, state);
                } catch (IllegalStateException e) {
                  refused.incrementAndGet();
                }
              });
      startBlocked(thread);
      late.add(thread);
    }
    goOn.countDown();
    for (Thread thread : late) {
      thread.join();
    }
    closer.join();
    holder.join();
    assertEquals(8, refused.get());
    assertFalse(device.calls.contains("step"));
    assertTrue(device.calls.contains("release"));
  }

  private static void startBlocked(Thread thread) throws InterruptedException {
    thread.start();
    while (thread.getState() != Thread.State.BLOCKED) {
      Thread.sleep(1);
    }
  }

  @Test
  void anErrorInAnAllocationKeepsNothing() {
    device.failing = "allocate";
    device.failure = new OutOfMemoryError("planted");
    assertThrows(OutOfMemoryError.class, () -> backend.allocate(FLOAT32, 4));
    device.failing = "";
    device.calls.clear();
    backend.close();
    assertEquals(List.of("await", "free", "free", "free", "release"), device.calls);
  }

  @Test
  void aBackendThatCannotBeMadeReleasesItsDevice() {
    Frail unused = new Frail();
    assertThrows(NullPointerException.class, () -> new DeviceBackend<>(null, unused));
    assertEquals(List.of("release"), unused.calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"free", "await", "release"})
  void anErrorDoesNotStopClose(String hook) {
    device.failing = hook;
    device.failure = new StackOverflowError("planted");
    backend.close();
    assertEquals(List.of("await", "free", "free", "free", "release"), device.calls);
  }

  /** A native call that has an array holds up the garbage collector, and with it other threads. */
  @Test
  void arraysAreLentInParts() {
    int length = 9_000_000;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i;
    }
    float[] back = new float[length + 3];
    try (DeviceBuffer large = backend.allocate(FLOAT32, length)) {
      device.longest = 0;
      device.calls.clear();
      large.write(values);
      large.read(0, back, 3, length);
      assertEquals(List.of("write", "write", "write", "read", "read", "read"), device.calls);
      assertEquals(4 << 20, device.longest);
      assertArrayEquals(values, Arrays.copyOfRange(back, 3, length + 3));
      ByteBuffer direct = ByteBuffer.allocateDirect(4 * length).order(ByteOrder.nativeOrder());
      device.calls.clear();
      large.read(0, direct);
      assertEquals(List.of("read"), device.calls, "memory that no garbage collector moves");
    }
  }
}
