package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One step from every frame near the end of a small stack: done, not done or the backend's loss.
 */
class ShortStackTest {
  private static final int FRAMES = 200;
  private static final int LENGTH = 20_000;
  private static final RmsProp RULE = RmsProp.builder().momentum(0.9).centered(true).build();

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void noStepIsHalfDoneInSilence(int threads) throws InterruptedException {
    int failed = 0;
    int done = 0;
    Subject subject = new Subject(threads);
    float[] before = subject.values();
    subject.step();
    float[] after = subject.values();
    for (int frame = 0; frame < FRAMES; frame++) {
      subject.reset();
      NearTheEnd caller = new NearTheEnd(frame, subject);
      Thread thread = new Thread(null, caller, "short of stack", 256 * 1024);
      thread.start();
      thread.join();
      assertTrue(caller.called);
      failed += caller.failure == null ? 0 : 1;
      done += caller.failure == null ? 1 : 0;
      float[] now;
      try {
        now = subject.values();
      } catch (DeviceLostException e) {
        assertThrows(DeviceLostException.class, subject::step);
        subject.backend.close();
        subject = new Subject(threads);
        continue;
      }
      assertTrue(
          Arrays.equals(now, after) || (caller.failure != null && Arrays.equals(now, before)),
          "mixed at frame " + frame + " after " + caller.failure);
      subject.reset();
      subject.step(); // what has failed before is not told now
      assertArrayEquals(after, subject.values());
    }
    subject.backend.close();
    assertTrue(failed > 0 && done > 0, failed + " failed, " + done + " done");
  }

  /** Recurses to the end of the stack, and steps on the way back. */
  private static final class NearTheEnd implements Runnable {
    private final int frame;
    private final Subject subject;
    private boolean called;
    private Throwable failure;

    NearTheEnd(int frame, Subject subject) {
      this.frame = frame;
      this.subject = subject;
    }

    @Override
    public void run() {
      descend();
    }

    @SuppressWarnings("InfiniteRecursion")
    private int descend() {
      int frames;
      try {
        frames = 1 + descend();
      } catch (StackOverflowError e) {
        frames = 0;
      }
      if (frames == frame) {
        called = true;
        try {
          subject.step();
        } catch (Throwable e) {
          failure = e;
        }
      }
      return frames;
    }
  }

  private static final class Subject {
    private final OptimizerBackend backend;
    private final DeviceBuffer[] buffers = new DeviceBuffer[4];
    private final DeviceBuffer grads;
    private final RmsPropState state;

    Subject(int threads) {
      backend = new CpuDevice(threads).backend();
      grads = backend.allocate(DataType.FLOAT32, LENGTH);
      state = RmsPropState.allocate(backend, RULE, DataType.FLOAT32, LENGTH);
      buffers[0] = backend.allocate(DataType.FLOAT32, LENGTH);
      buffers[1] = state.squareAverage();
      buffers[2] = state.momentum().orElseThrow();
      buffers[3] = state.gradientAverage().orElseThrow();
      float[] ones = new float[LENGTH];
      Arrays.fill(ones, 1);
      grads.write(ones);
      reset();
    }

    void reset() {
      for (int i = 0; i < buffers.length; i++) {
        float[] values = new float[LENGTH];
        Arrays.fill(values, i);
        buffers[i].write(values);
      }
    }

    void step() {
      backend.step(RULE, buffers[0], grads, state);
    }

    float[] values() {
      float[] all = new float[buffers.length * LENGTH];
      for (int i = 0; i < buffers.length; i++) {
        buffers[i].read(0, all, i * LENGTH, LENGTH);
      }
      return all;
    }
  }
}
