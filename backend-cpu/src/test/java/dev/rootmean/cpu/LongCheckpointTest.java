package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongCheckpointContract;
import dev.rootmean.contract.LongTests;

/** From buffers of a {@link FarDevice} to real files. */
class LongCheckpointTest extends LongCheckpointContract {
  private FarDevice device;

  @Override
  protected OptimizerBackend open() {
    assumeTrue(LongTests.areWanted(), "writes 17 GB: only with -D" + LongTests.PROPERTY + "=true");
    device = new FarDevice(FAR);
    return device.open();
  }

  @Override
  protected void assertZeroElsewhere() {
    device.assertZeroElsewhere();
  }
}
