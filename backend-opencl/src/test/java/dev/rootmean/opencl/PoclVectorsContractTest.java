package dev.rootmean.opencl;

import dev.rootmean.spi.BackendProvider;

/** The form for GPUs, 16 bytes at a time, on the processor that CI has. */
class PoclVectorsContractTest extends PoclContractTest {
  @Override
  protected BackendProvider provider() {
    return new OpenClProvider(Jocl::new, device -> 1, OpenClQueue.Limits.OF_DRIVERS);
  }
}
