package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.DEFERRED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory of others that is page-locked where it is. */
class RegisteredMemoryTest extends EmulatorTest {
  private final ByteBuffer memory = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
  private final Pointer whole = Pointer.to(memory);
  private final CUstream stream = new CUstream();

  @BeforeEach
  void register() {
    CudaEmulator.set(DEFERRED, 1);
    ok(JCudaDriver.cuStreamCreate(stream, 0));
    ok(JCudaDriver.cuMemHostRegister(whole, 64, 0));
  }

  @Test
  void itIsReadWhenTheCopyRuns() {
    CUdeviceptr target = upload(0f);
    memory.putFloat(0, 1);
    ok(JCudaDriver.cuMemcpyHtoDAsync(target, whole, 4, stream));
    memory.putFloat(0, 2); // too early
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertArrayEquals(new float[] {2}, floats(target, 1));
  }

  @Test
  void nothingOfItIsRegisteredTwice() {
    assertEquals(712, JCudaDriver.cuMemHostRegister(whole, 64, 0));
    assertEquals(712, JCudaDriver.cuMemHostRegister(whole.withByteOffset(63), 1, 0));
    assertEquals(1, CudaEmulator.live().pinned());
  }

  /** As with a real driver, which locks the page as long as any of them is there. */
  @Test
  void neighboursMayShareAPage() {
    ByteBuffer page = ByteBuffer.allocateDirect(64);
    Pointer first = Pointer.to(page);
    ok(JCudaDriver.cuMemHostRegister(first, 20, 0));
    ok(JCudaDriver.cuMemHostRegister(first.withByteOffset(20), 44, 0));
    ok(JCudaDriver.cuMemHostUnregister(first));
    ok(JCudaDriver.cuMemHostUnregister(first.withByteOffset(20)));
  }

  @Test
  void whatACopyIsToWriteHoldsNothingToCountOn() {
    memory.putFloat(0, 1);
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole, upload(2f), 4, stream));
    assertTrue(Float.isNaN(memory.getFloat(0)));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(2, memory.getFloat(0));
  }

  /** A device in order reads what it is to write later. */
  @Test
  void whatIsReadAndThenWrittenIsReadAsItIs() {
    CUdeviceptr target = upload(0f);
    CUdeviceptr two = upload(2f);
    memory.putFloat(0, 1);
    memory.putFloat(4, 1);
    ok(JCudaDriver.cuMemcpyHtoDAsync(target, whole, 4, stream));
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole, two, 4, stream));
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole.withByteOffset(4), two, 4, stream));
    assertTrue(Float.isNaN(memory.getFloat(4)), "no copy before it reads this");
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertArrayEquals(new float[] {1}, floats(target, 1));
    assertEquals(2, memory.getFloat(0));
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole, target, 4, stream));
    assertTrue(Float.isNaN(memory.getFloat(0)), "that copy has been done");
  }

  @Test
  void whatWasToReadItBeforeItWasReleasedCountsNoMore() {
    CUdeviceptr target = upload(0f);
    CUdeviceptr two = upload(2f);
    ok(JCudaDriver.cuMemcpyHtoDAsync(target, whole, 4, stream));
    ok(JCudaDriver.cuMemHostUnregister(whole));
    ok(JCudaDriver.cuMemHostRegister(whole, 64, 0));
    memory.putFloat(0, 1);
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole, two, 4, stream));
    assertTrue(Float.isNaN(memory.getFloat(0)));
  }

  @Test
  void itIsReleasedOnceAndByItsOwnCall() {
    assertEquals(1, JCudaDriver.cuMemFreeHost(whole));
    assertEquals(1, JCudaDriver.cuMemHostUnregister(whole.withByteOffset(4)));
    ok(JCudaDriver.cuMemHostUnregister(whole));
    assertEquals(713, JCudaDriver.cuMemHostUnregister(whole));
    assertEquals(0, CudaEmulator.live().pinned());
  }

  /** The device would go on to where the memory was. */
  @Test
  void aCopyThatHasNotRunByThenIsAFault() {
    ok(JCudaDriver.cuMemcpyDtoHAsync(whole, upload(1f), 4, stream));
    ok(JCudaDriver.cuMemHostUnregister(whole));
    assertFault(700, JCudaDriver.cuStreamSynchronize(stream), "page-locked");
  }
}
