package dev.rootmean.opencl;

import dev.rootmean.spi.BackendProvider;

/** The form for GPUs, four elements at a time, on the processor that CI has. */
class PoclVectorsContractTest extends PoclContractTest {
  @Override
  protected BackendProvider provider() {
    return new OpenClProvider(4);
  }
}
