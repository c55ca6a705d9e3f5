package dev.rootmean.opencl;

import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.Tag;

/** The form for GPUs, 16 bytes at a time, on the processor that CI has. */
@Tag("any-jdk")
class PoclVectorsContractTest extends PoclContractTest {
  @Override
  protected BackendProvider provider() {
    return new OpenClProvider(Jocl::new, device -> 1, OpenClQueue.Limits.OF_DRIVERS);
  }
}
