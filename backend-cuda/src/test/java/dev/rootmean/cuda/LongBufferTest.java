package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.LongBufferContract;
import dev.rootmean.contract.Parts.Part;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * In the emulator's sparse memory, by launches of which only the blocks run that touch what is
 * looked at: all others would leave zeros as they are.
 */
@ExtendWith(EmulatedCuda.class)
@Tag("any-jdk")
class LongBufferTest extends LongBufferContract {
  private static final int THREADS = 256;

  @BeforeEach
  void sparse() {
    CudaEmulator.set(Option.MEMORY_BYTES, 1L << 40);
    CudaEmulator.set(Option.EXCERPT, 2 * HALF / THREADS);
  }

  @Override
  protected OptimizerBackend open() {
    return new CudaProvider().open("");
  }

  /** A copy of the whole would make memory of all its zeros. */
  @Override
  protected void copy(DeviceBuffer source, DeviceBuffer target) {
    if (source.length() < LENGTH) {
      target.copyFrom(source);
      return;
    }
    for (Part part : FAR.parts()) {
      DeviceBuffer to = target.slice(part.start(), part.count());
      to.copyFrom(source.slice(part.start(), part.count()));
    }
  }

  @Test
  void aStepOfElementsThatMakeNoVectors() {
    step(1);
    assertTrue(CudaEmulator.launches().stream().anyMatch(launch -> launch.blocks() > 1 << 24));
  }
}
