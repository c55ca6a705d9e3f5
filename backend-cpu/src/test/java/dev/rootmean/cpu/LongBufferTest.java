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
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.DeviceCalls;
import dev.rootmean.spi.MemoryRange;
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
    float[] far = stepSlice(new FarDevice().open(), LENGTH, offset, length);
    float[] near = stepSlice(new CpuCalls(1).backend(), length, 0, length);
    assertArrayEquals(near, far);
  }

  @Test
  void aWholeStepHasAUnitForEveryPage() {
    FarDevice device = new FarDevice();
    OptimizerBackend backend = device.open();
    DeviceBuffer params = backend.allocate(DataType.FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, DataType.FLOAT32, LENGTH);
    device.dry = true;
    backend.step(RULE, params, grads, state);
    assertEquals(131_074, device.units);
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

  private static final class FarDevice implements DeviceCalls<Object[]> {
    private final StepTask task = new StepTask(DataType.FLOAT32, 1);
    private final TransferTask transfers = new TransferTask(WorkersTest.workers(1));
    private boolean dry;
    private int units;

    OptimizerBackend open() {
      return new DeviceBackend<>(
          new BackendInfo("far", "", 0, true, Set.of(DataType.FLOAT32)), this);
    }

    @Override
    public Object[] allocateMemory(DataType type, long length) {
      return PagesTest.farPages();
    }

    @Override
    public void free(Object[] memory) {}

    @Override
    public void copyToDevice(MemoryRange<Object[]> target, long offset, Buffer source) {
      transfers.write(target.memory(), target.offset() + offset, source);
    }

    @Override
    public void copyFromDevice(MemoryRange<Object[]> source, long offset, Buffer target) {
      transfers.read(source.memory(), source.offset() + offset, target);
    }

    @Override
    public void queueCopy(MemoryRange<Object[]> source, MemoryRange<Object[]> target) {
      throw new AssertionError("not under test");
    }

    @Override
    public void queueZero(MemoryRange<Object[]> target) {
      Pages.zero(target.memory(), target.offset(), target.length());
    }

    @Override
    public void queueAdd(MemoryRange<Object[]> addend, MemoryRange<Object[]> target) {
      throw new AssertionError("not under test");
    }

    @Override
    public void queueMeasure(
        GradientPolicy policy, MemoryRange<Object[]> grads, MemoryRange<Object[]> decision) {
      throw new AssertionError("not under test");
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<Object[]> p,
        MemoryRange<Object[]> g,
        MemoryRange<Object[]> v,
        MemoryRange<Object[]> b,
        MemoryRange<Object[]> m,
        MemoryRange<Object[]> decision) {
      task.scale(1, Double.POSITIVE_INFINITY);
      units = task.set(k, p, g, v, b, m);
      task.prepare(1);
      for (int unit = 0; unit < units && !dry; unit++) {
        task.run(unit, 0);
      }
    }

    @Override
    public void awaitQueue() {}

    @Override
    public void releaseDevice() {}
  }
}
