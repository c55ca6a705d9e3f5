package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.BackendInfo;
import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.spi.AbstractBackend;
import dev.rootmean.spi.BackendBuffer;
import java.nio.Buffer;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Steps past 2³¹ elements, in memory that a test has: all pages but the last three are one array,
 * and each buffer is as long as it says.
 */
class LongBufferTest {
  private static final long LENGTH = (1L << 31) + 2 * Pages.SIZE;
  private static final RmsProp RULE =
      RmsProp.builder().momentum(0.9).centered(true).weightDecay(0.1).build();

  @Test
  void aSliceBehind2To31IsSteppedLikeAnyOther() {
    long offset = (1L << 31) - 100;
    int length = Pages.SIZE + 300;
    float[] far = stepSlice(new FarBackend(), LENGTH, offset, length);
    float[] near = stepSlice(new CpuBackend(1), length, 0, length);
    assertArrayEquals(near, far);
  }

  @Test
  void aWholeStepHasAUnitForEveryPage() {
    FarBackend backend = new FarBackend();
    DeviceBuffer params = backend.allocate(DataType.FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, DataType.FLOAT32, LENGTH);
    backend.dry = true;
    backend.step(RULE, params, grads, state);
    assertEquals(131_074, backend.units);
  }

  private static float[] stepSlice(
      OptimizerBackend backend, long allocated, long offset, int length) {
    try (backend) {
      DeviceBuffer params = backend.allocate(DataType.FLOAT32, allocated).slice(offset, length);
      DeviceBuffer grads = backend.allocate(DataType.FLOAT32, allocated).slice(offset, length);
      RmsPropState state =
          RmsPropState.allocate(backend, RULE, DataType.FLOAT32, allocated).slice(offset, length);
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (i % 1000 - 500) / 250f;
      }
      params.write(values);
      grads.write(values);
      backend.step(RULE, params, grads, state);
      backend.step(RULE, params, grads, state);
      params.read(values);
      return values;
    }
  }

  private static final class FarBackend extends AbstractBackend<Object[]> {
    private final StepTask task = new StepTask(DataType.FLOAT32, 1);
    private boolean dry;
    private int units;

    FarBackend() {
      super(new BackendInfo("far", "", 0, true, Set.of(DataType.FLOAT32)));
    }

    @Override
    protected Object[] allocateMemory(DataType type, long length) {
      return PagesTest.farPages();
    }

    @Override
    protected void free(Object[] memory) {}

    @Override
    protected void copyToDevice(BackendBuffer<Object[]> target, long offset, Buffer source) {
      Pages.put(target.memory(), target.offset() + offset, source);
    }

    @Override
    protected void copyFromDevice(BackendBuffer<Object[]> source, long offset, Buffer target) {
      Pages.get(source.memory(), source.offset() + offset, target);
    }

    @Override
    protected void queueCopy(BackendBuffer<Object[]> source, BackendBuffer<Object[]> target) {
      throw new AssertionError("not under test");
    }

    @Override
    protected void queueZero(BackendBuffer<Object[]> target) {
      Pages.zero(target.memory(), target.offset(), target.length());
    }

    @Override
    protected void queueAdd(BackendBuffer<Object[]> addend, BackendBuffer<Object[]> target) {
      throw new AssertionError("not under test");
    }

    @Override
    protected void queueMeasure(
        GradientPolicy policy, BackendBuffer<Object[]> grads, BackendBuffer<Object[]> control) {
      throw new AssertionError("not under test");
    }

    @Override
    protected void queueStep(
        Coefficients k,
        BackendBuffer<Object[]> p,
        BackendBuffer<Object[]> g,
        BackendBuffer<Object[]> v,
        BackendBuffer<Object[]> b,
        BackendBuffer<Object[]> m,
        BackendBuffer<Object[]> control) {
      task.scale(1, Double.POSITIVE_INFINITY);
      units = task.set(k, p, g, v, b, m);
      for (int unit = 0; unit < units && !dry; unit++) {
        task.run(unit, 0);
      }
    }

    @Override
    protected void awaitQueue() {}

    @Override
    protected void releaseDevice() {}
  }
}
