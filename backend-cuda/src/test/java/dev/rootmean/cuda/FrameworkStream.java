package dev.rootmean.cuda;

import dev.rootmean.ForeignQueue;
import java.lang.reflect.Constructor;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A framework's stream that takes turns with no other, and an event by which it can. */
final class FrameworkStream implements ForeignQueue, AutoCloseable {
  private final FrameworkMemory memory;
  private final CUstream stream = new CUstream();
  private final CUevent event = new CUevent();

  /** In the context of some memory, which is closed later. */
  FrameworkStream(FrameworkMemory memory) {
    this.memory = memory;
    memory.call(() -> JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    memory.call(() -> JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
  }

  CUstream stream() {
    return stream;
  }

  @Override
  public void beforeStep(long nativeQueue) {
    order(stream, at(nativeQueue));
  }

  @Override
  public void afterStep(long nativeQueue) {
    order(at(nativeQueue), stream);
  }

  private void order(CUstream first, CUstream second) {
    memory.call(() -> JCudaDriver.cuEventRecord(event, first));
    memory.call(() -> JCudaDriver.cuStreamWaitEvent(second, event, 0));
  }

  /** Frameworks take an address; JCuda, which has no public way, stands in for one. */
  private static CUstream at(long address) {
    try {
      Constructor<CUstream> constructor = CUstream.class.getDeclaredConstructor(long.class);
      constructor.setAccessible(true);
      return constructor.newInstance(address);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the constructor of JCuda", e);
    }
  }

  @Override
  public void close() {
    memory.call(() -> JCudaDriver.cuEventDestroy(event));
    memory.call(() -> CudaDriver.cuStreamDestroy(stream));
  }
}
