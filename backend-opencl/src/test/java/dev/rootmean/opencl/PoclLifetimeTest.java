package dev.rootmean.opencl;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.LifetimeContract;

class PoclLifetimeTest extends LifetimeContract {
  @Override
  protected ChildJvm child(Class<?> main) {
    Pocl.demand();
    return ChildJvm.of(main);
  }

  @Override
  protected String backend() {
    return OpenClErrors.BACKEND + ":" + Pocl.DEVICE;
  }
}
