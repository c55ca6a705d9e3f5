package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
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
    float[] near = stepSlice(new CpuDevice(1).backend(), length, 0, length);
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

  private static final class FarDevice extends Wrapped<CpuMemory> {
    private boolean dry;
    private int units;

    FarDevice() {
      super(new CpuDevice(1));
    }

    OptimizerBackend open() {
      return new DeviceBackend<>(
          new BackendInfo("far", "", 0, true, Set.of(DataType.FLOAT32)), this);
    }

    @Override
    public CpuMemory allocate(DataType type, long length) {
      return new PagedMemory(type, PagesTest.farPages());
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<CpuMemory> rows) {
      if (dry) {
        units = new KernelTask(kernel, 1).set(numbers, rows);
      } else {
        super.launch(kernel, numbers, rows);
      }
    }
  }
}
