package dev.rootmean.cuda;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RecordingContract;
import dev.rootmean.emulator.CudaEmulator;

class CudaRecordingTest extends RecordingContract {
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

  @Override
  protected boolean builds() {
    return true;
  }

  @Override
  protected String memoryOfTheHost() {
    return "page-locked";
  }
}
