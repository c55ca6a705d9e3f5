package dev.rootmean.cpu;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.LifetimeContract;

class CpuLifetimeTest extends LifetimeContract {
  @Override
  protected ChildJvm child(Class<?> main) {
    return ChildJvm.of(main);
  }

  @Override
  protected String backend() {
    return CpuDevice.NAME;
  }
}
