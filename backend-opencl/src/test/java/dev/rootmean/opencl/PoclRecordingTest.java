package dev.rootmean.opencl;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RecordingContract;

class PoclRecordingTest extends RecordingContract {
  @Override
  protected ChildJvm child(Class<?> main) {
    Pocl.demand();
    return ChildJvm.of(main);
  }

  @Override
  protected String backend() {
    return OpenClErrors.BACKEND + ":" + Pocl.DEVICE;
  }

  @Override
  protected boolean builds() {
    return true;
  }

  @Override
  protected String memoryOfTheHost() {
    return "pageable";
  }
}
