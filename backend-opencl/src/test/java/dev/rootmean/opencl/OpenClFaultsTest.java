package dev.rootmean.opencl;

import dev.rootmean.contract.FaultContract;
import dev.rootmean.spi.Device;

class OpenClFaultsTest extends FaultContract<OpenClMemory> {
  @Override
  protected Device<OpenClMemory> open() {
    Pocl.demand();
    OpenClQueue queue = OpenClQueue.open(new Jocl(), Pocl.device(), OpenClQueue.Limits.OF_DRIVERS);
    return new OpenClDevice(queue, 0);
  }
}
