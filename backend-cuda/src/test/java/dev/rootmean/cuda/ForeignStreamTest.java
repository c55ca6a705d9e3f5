package dev.rootmean.cuda;

import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** On the emulated driver, where nothing of a stream is done before somebody waits for it. */
@ExtendWith(EmulatedCuda.class)
class ForeignStreamTest extends ForeignStreamContract {
  ForeignStreamTest() {
    super(70, 0, true);
  }

  @BeforeEach
  void twoDevices() {
    CudaEmulator.set(Option.DEVICES, 2);
  }

  /** Another device's. */
  @Override
  protected int[] current() {
    return new int[] {0, 1};
  }
}
