package dev.rootmean.cuda;

import dev.rootmean.kernels.KernelText;
import java.nio.LongBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/**
 * Device memory that tables lie in, one behind another, and page-locked memory that they come from.
 * When it is full it is filled anew from its beginning, and what lay in it counts as gone.
 *
 * <p>The driver may read page-locked memory until a copy has run, so the queue is emptied before
 * that. From any other memory each copy could wait for the queue, and where a GPU reads such memory
 * by itself, the driver's manual does not even promise that it has been read when the call returns.
 */
final class TableMemory implements AutoCloseable {
  /** Launches of a table at most: more tensors than a group of a model has. */
  static final int MOST_LAUNCHES = 1 << 14;

  private static final int MOST_COLUMNS = KernelText.FIRST_ROW + LaunchArguments.MOST_ROWS;
  static final int BYTES = MOST_LAUNCHES * MOST_COLUMNS * Long.BYTES;

  /** Tables begin at multiples of it. */
  private static final int PART_BYTES = 4096;

  private static final int PARTS = BYTES / PART_BYTES;

  private final PageLocked host = PageLocked.of(BYTES);
  private final LongBuffer values = host.longs();
  private final CudaMemory device = new CudaMemory();

  // By part, and made when first needed, so that later copies allocate nothing.
  private final Pointer[] sources = new Pointer[PARTS];
  private final CUdeviceptr[] targets = new CUdeviceptr[PARTS];

  private int next;
  private long round;

  /** In the current context. */
  TableMemory() {
    try {
      CudaErrors.check(CudaDriver.cuMemAlloc(device, BYTES), "cuMemAlloc");
    } catch (Throwable e) {
      host.close();
      throw e;
    }
  }

  /** Changes when it is filled anew. */
  long round() {
    return round;
  }

  /** Queues a copy of the first values, which may change at once; where they will lie. */
  long send(CudaContext.Current now, long[] table, int count) {
    long bytes = (long) count * Long.BYTES;
    int parts = (int) ((bytes - 1) / PART_BYTES + 1);
    if (next + parts > PARTS) {
      CudaErrors.check(now.finish(), "cuStreamSynchronize");
      next = 0;
      round++;
    }
    int part = next;
    long at = (long) part * PART_BYTES;
    next += parts;
    if (targets[part] == null) {
      sources[part] = host.withByteOffset(at);
      targets[part] = device.withByteOffset(at);
    }
    values.put((int) (at / Long.BYTES), table, 0, count);
    CudaErrors.check(
        CudaDriver.cuMemcpyHtoDAsync(targets[part], sources[part], bytes, now.stream()),
        "cuMemcpyHtoDAsync");
    return device.address() + at;
  }

  @Override
  public void close() {
    CudaDriver.cuMemFree(device);
    host.close();
  }
}
