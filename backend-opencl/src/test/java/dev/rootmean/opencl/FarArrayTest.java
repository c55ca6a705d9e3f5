package dev.rootmean.opencl;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.FarArrayContract;

class FarArrayTest extends FarArrayContract {
  @Override
  protected String backend() {
    return OpenClErrors.BACKEND;
  }

  @Override
  protected ChildJvm jvm() {
    Pocl.demand();
    return ChildJvm.of(FarArrayContract.class).argument(OpenClErrors.BACKEND + ":" + Pocl.DEVICE);
  }
}
