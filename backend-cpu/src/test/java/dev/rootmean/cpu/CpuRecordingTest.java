package dev.rootmean.cpu;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RecordingContract;

class CpuRecordingTest extends RecordingContract {
  @Override
  protected ChildJvm child(Class<?> main) {
    return ChildJvm.of(main);
  }

  @Override
  protected String backend() {
    return CpuDevice.NAME;
  }

  @Override
  protected boolean builds() {
    return false;
  }

  @Override
  protected String memoryOfTheHost() {
    return "pageable";
  }
}
