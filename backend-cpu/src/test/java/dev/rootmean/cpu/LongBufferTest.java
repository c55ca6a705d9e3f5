package dev.rootmean.cpu;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongBufferContract;

/** In buffers of a {@link FarDevice}. */
class LongBufferTest extends LongBufferContract {
  private FarDevice device;

  @Override
  protected OptimizerBackend open() {
    device = new FarDevice(FAR);
    return device.open();
  }

  @Override
  protected void assertZeroElsewhere() {
    device.assertZeroElsewhere();
  }
}
