package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.DEFERRED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work in streams waits until somebody waits for it. */
class StreamTest extends EmulatorTest {
  private final CUstream stream = new CUstream();
  private final CUevent event = new CUevent();

  @BeforeEach
  void defer() {
    CudaEmulator.set(DEFERRED, 1);
    ok(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    ok(JCudaDriver.cuEventCreate(event, 0));
  }

  private static FloatBuffer pinned(int length) {
    Pointer pointer = new Pointer();
    ok(JCudaDriver.cuMemHostAlloc(pointer, 4L * length, 0));
    return pointer.getByteBuffer(0, 4L * length).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Test
  void aMissingSynchronisationShows() {
    CUdeviceptr memory = upload(1, 2);
    FloatBuffer result = pinned(2);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 2, stream));
    ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 8, stream));
    assertEquals(Float.NaN, result.get(0));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(3f, result.get(0));
    // Nor may it pass because the last copy has brought the same.
    ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 8, stream));
    assertEquals(Float.NaN, result.get(0));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(3f, result.get(0));
  }

  @Test
  void pinnedMemoryIsReadWhenTheCopyRuns() {
    CUdeviceptr memory = upload(0f);
    FloatBuffer source = pinned(1).put(0, 1f);
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(source), 4, stream));
    source.put(0, 2f); // too early
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertArrayEquals(new float[] {2}, floats(memory, 1));
  }

  @Test
  void pageableMemoryIsReadBeforeTheCallReturns() {
    CUdeviceptr memory = upload(0f);
    float[] source = {1};
    ok(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(source), 4, stream));
    source[0] = 2;
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertArrayEquals(new float[] {1}, floats(memory, 1));
  }

  @Test
  void aCopyToPageableMemoryWaits() {
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, stream));
    float[] result = {0};
    ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 4, stream));
    assertArrayEquals(new float[] {3}, result);
  }

  @Test
  void theLegacyStreamDoesNotWaitForANonBlockingOne() {
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, stream));
    assertArrayEquals(new float[] {1}, floats(memory, 1));
    CUstream blocking = new CUstream();
    ok(JCudaDriver.cuStreamCreate(blocking, 0));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(4), 1, blocking));
    assertArrayEquals(new float[] {4}, floats(memory, 1));
  }

  @Test
  void blockingStreamsTakeTurnsWithTheLegacyOne() {
    CUdeviceptr memory = upload(1f);
    CUdeviceptr copy = upload(0f);
    CUstream blocking = new CUstream();
    ok(JCudaDriver.cuStreamCreate(blocking, 0));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(2), 1, blocking));
    ok(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, null));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, blocking));
    ok(JCudaDriver.cuStreamSynchronize(blocking));
    assertArrayEquals(new float[] {2}, floats(copy, 1));
    ok(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, blocking));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(4), 1, null));
    ok(JCudaDriver.cuStreamSynchronize(null));
    assertArrayEquals(new float[] {3}, floats(copy, 1));
  }

  @Test
  void launchesWaitToo() {
    CUdeviceptr target = upload(0f);
    ok(launch(load(COPY, "copy"), 1, 1, target, upload(5f), 1L));
    assertEquals(0, CudaEmulator.launches().size());
    ok(JCudaDriver.cuCtxSynchronize());
    assertEquals(1, CudaEmulator.launches().size());
    assertArrayEquals(new float[] {5}, floats(target, 1));
  }

  @Test
  void faultsComeOutWhenSomebodyWaits() {
    CUfunction copy = load(COPY, "copy");
    CUdeviceptr memory = allocate(4);
    ok(launch(copy, 1, 1, 0L, 0L, 1L));
    allocate(4);
    ok(JCudaDriver.cuMemsetD32Async(memory, 0, 1, null));
    assertEquals(700, JCudaDriver.cuStreamSynchronize(null));
    assertEquals(700, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
  }

  @Test
  void whatFollowsAFaultNeverRuns() {
    CUdeviceptr memory = upload(1f);
    FloatBuffer result = pinned(1);
    ok(launch(load(COPY, "copy"), 1, 1, 0L, 0L, 1L));
    ok(JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(result), memory, 4, null));
    assertEquals(700, JCudaDriver.cuCtxSynchronize());
    assertEquals(Float.NaN, result.get(0));
  }

  @Test
  void aCopyThatFindsAFaultDoesNotRun() {
    CUdeviceptr memory = upload(1f);
    float[] result = {5};
    ok(launch(load(COPY, "copy"), 1, 1, 0L, 0L, 1L));
    assertEquals(700, JCudaDriver.cuMemcpyDtoH(Pointer.to(result), memory, 4));
    assertArrayEquals(new float[] {5}, result);
  }

  @Test
  void workOutlivesItsStream() {
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, stream));
    ok(JCudaDriver.cuStreamDestroy(stream));
    ok(JCudaDriver.cuCtxSynchronize());
    assertArrayEquals(new float[] {3}, floats(memory, 1));
  }

  @Test
  void aContextEndsWhenItsWorkIsDone() {
    ok(launch(load(COPY, "copy"), 1, 1, 0L, 0L, 0L));
    ok(JCudaDriver.cuDevicePrimaryCtxRelease(device));
    assertEquals(1, CudaEmulator.launches().size());
  }

  @Test
  void freeingWaitsForTheDevice() {
    CUdeviceptr target = upload(0f);
    CUdeviceptr source = upload(5f);
    ok(launch(load(COPY, "copy"), 1, 1, target, source, 1L));
    ok(JCudaDriver.cuMemFree(source));
    assertArrayEquals(new float[] {5}, floats(target, 1));
  }

  @Test
  void eventsAreDoneWhenTheStreamHasComeToThem() {
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream));
    ok(JCudaDriver.cuEventRecord(event, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(7), 1, stream));
    assertEquals(600, JCudaDriver.cuEventQuery(event));
    ok(JCudaDriver.cuEventSynchronize(event));
    ok(JCudaDriver.cuEventQuery(event));
    assertArrayEquals(new float[] {0}, floats(memory, 1));
    CUevent later = new CUevent();
    ok(JCudaDriver.cuEventCreate(later, 0));
    ok(JCudaDriver.cuEventRecord(later, stream));
    float[] milliseconds = {-1};
    assertEquals(600, JCudaDriver.cuEventElapsedTime(milliseconds, event, later));
    ok(JCudaDriver.cuEventSynchronize(later));
    ok(JCudaDriver.cuEventElapsedTime(milliseconds, event, later));
    assertTrue(milliseconds[0] >= 0);
    CUevent untimed = new CUevent();
    ok(JCudaDriver.cuEventCreate(untimed, CUevent_flags.CU_EVENT_DISABLE_TIMING));
    ok(JCudaDriver.cuEventRecord(untimed, stream));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(400, JCudaDriver.cuEventElapsedTime(milliseconds, event, untimed));
    assertEquals(400, JCudaDriver.cuEventElapsedTime(milliseconds, untimed, event));
  }

  /** As it was recorded when the stream was told to wait, whatever becomes of it later. */
  @Test
  void aStreamWaitsForAnEventOfAnother() {
    CUstream other = new CUstream();
    ok(JCudaDriver.cuStreamCreate(other, CUstream_flags.CU_STREAM_NON_BLOCKING));
    CUdeviceptr memory = upload(1f);
    CUdeviceptr copy = upload(0f);
    ok(JCudaDriver.cuStreamWaitEvent(other, event, 0)); // for nothing: it was never recorded
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, stream));
    ok(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, other));
    ok(JCudaDriver.cuStreamSynchronize(other));
    assertArrayEquals(new float[] {1}, floats(copy, 1));
    ok(JCudaDriver.cuEventRecord(event, stream));
    ok(JCudaDriver.cuStreamWaitEvent(other, event, 0));
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(4), 1, stream));
    ok(JCudaDriver.cuEventRecord(event, stream));
    ok(JCudaDriver.cuEventDestroy(event));
    ok(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, other));
    assertArrayEquals(new float[] {1}, floats(copy, 1));
    ok(JCudaDriver.cuStreamSynchronize(other));
    assertArrayEquals(new float[] {3}, floats(copy, 1));
    ok(JCudaDriver.cuStreamSynchronize(stream));
    assertArrayEquals(new float[] {4}, floats(memory, 1));
  }

  @Test
  void theLegacyStreamCanWaitAndBeWaitedFor() {
    CUdeviceptr memory = upload(1f);
    CUdeviceptr copy = upload(0f);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, null));
    ok(JCudaDriver.cuEventRecord(event, null));
    ok(JCudaDriver.cuStreamWaitEvent(stream, event, 0));
    ok(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, stream));
    ok(JCudaDriver.cuEventRecord(event, stream));
    ok(JCudaDriver.cuStreamWaitEvent(null, event, 0));
    ok(JCudaDriver.cuStreamSynchronize(null));
    assertArrayEquals(new float[] {3}, floats(copy, 1));
  }

  @Test
  void aFaultBehindAnEventIsToldToWhoWaits() {
    ok(JCudaDriver.cuStreamWaitEvent(stream, event, 0));
    ok(launch(load(COPY, "copy"), 1, 1, 0L, 0L, 1L));
    ok(JCudaDriver.cuEventRecord(event, null));
    ok(JCudaDriver.cuStreamWaitEvent(stream, event, 0));
    assertEquals(700, JCudaDriver.cuStreamSynchronize(stream));
  }

  @Test
  void whoPollsGetsOn() {
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream));
    ok(JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream));
    assertEquals(600, JCudaDriver.cuStreamQuery(stream));
    assertEquals(600, JCudaDriver.cuStreamQuery(stream));
    ok(JCudaDriver.cuStreamQuery(stream));
  }

  @Test
  void whatIsDestroyedIsNoHandle() {
    ok(JCudaDriver.cuStreamDestroy(stream));
    assertEquals(400, JCudaDriver.cuStreamDestroy(stream));
    assertEquals(400, JCudaDriver.cuStreamSynchronize(stream));
    assertEquals(400, JCudaDriver.cuMemsetD32Async(allocate(4), 0, 1, stream));
    ok(JCudaDriver.cuEventDestroy(event));
    assertEquals(400, JCudaDriver.cuEventDestroy(event));
    assertEquals(400, JCudaDriver.cuEventRecord(event, null));
    assertEquals(400, JCudaDriver.cuStreamWaitEvent(null, event, 0));
    ok(JCudaDriver.cuEventCreate(event, 0));
    assertEquals(400, JCudaDriver.cuStreamWaitEvent(stream, event, 0));
    assertEquals(1, JCudaDriver.cuStreamWaitEvent(null, event, 1));
  }

  @Test
  void unlessDeferredWorkRunsAtOnce() {
    CudaEmulator.set(DEFERRED, 0);
    CUdeviceptr memory = upload(1f);
    ok(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(3), 1, stream));
    assertArrayEquals(new float[] {3}, floats(memory, 1));
  }
}
