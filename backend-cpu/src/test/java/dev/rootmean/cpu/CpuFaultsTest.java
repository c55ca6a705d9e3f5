package dev.rootmean.cpu;

import dev.rootmean.contract.FaultContract;
import dev.rootmean.spi.Device;

class CpuFaultsTest extends FaultContract<CpuMemory> {
  @Override
  protected Device<CpuMemory> open() {
    return new CpuDevice(2);
  }
}
