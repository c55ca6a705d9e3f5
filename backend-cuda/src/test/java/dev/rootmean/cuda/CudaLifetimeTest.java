package dev.rootmean.cuda;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.LifetimeContract;
import dev.rootmean.emulator.CudaEmulator;

class CudaLifetimeTest extends LifetimeContract {
  @Override
  protected ChildJvm child(Class<?> main) {
    EmulatedCuda.demand();
    return ChildJvm.of(main)
        .environment("LD_LIBRARY_PATH", CudaEmulator.library().getParent())
        .environment("ROOTMEAN_CUDA_EMULATOR", "deferred=1 record=0");
  }

  @Override
  protected String backend() {
    return CudaErrors.BACKEND;
  }
}
