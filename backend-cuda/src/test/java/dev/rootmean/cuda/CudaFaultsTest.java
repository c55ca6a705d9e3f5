package dev.rootmean.cuda;

import dev.rootmean.contract.FaultContract;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import dev.rootmean.spi.Device;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmulatedCuda.class)
class CudaFaultsTest extends FaultContract<CudaMemory> {
  @Override
  protected Device<CudaMemory> open() {
    CudaEmulator.set(Option.RACE_CHECK, 0); // others look for races; here it would take seconds
    new CudaProvider().probe(); // starts the driver
    return new CudaDevice(FoundDevice.find().get(0));
  }
}
