package dev.rootmean.cuda;

import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.StructBlock;
import dev.rootmean.spi.MemoryRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;

/**
 * Memory for the arguments of a kernel's launch, and the pointers to them, which are made once: a
 * launch allocates nothing. Whole numbers come first, then a struct if there is one, then rows.
 */
final class KernelArguments {
  private final CUfunction function;
  private final int wholes;

  /** All arguments but the struct; a row is two: its memory, and where in it it begins. */
  private final LongBuffer numbers;

  private final Pointer pointers;

  /**
   * Lays the arguments out.
   *
   * @param struct null if the kernel takes none
   */
  KernelArguments(CUfunction function, int wholes, StructBlock struct, int rows) {
    this.function = function;
    this.wholes = wholes;
    int count = wholes + 2 * rows;
    ByteBuffer bytes = ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder());
    numbers = bytes.asLongBuffer();
    Pointer[] all = new Pointer[struct == null ? count : count + 1];
    for (int i = 0; i < count; i++) {
      int place = struct == null || i < wholes ? i : i + 1;
      all[place] = Pointer.to(bytes).withByteOffset((long) i * Long.BYTES);
    }
    if (struct != null) {
      all[wholes] = Pointer.to(struct.bytes());
    }
    pointers = Pointer.to(all);
  }

  void whole(int index, long value) {
    numbers.put(index, value);
  }

  /** Sets a row; where in its memory it begins. */
  long row(int index, MemoryRange<CudaMemory> buffer) {
    numbers.put(wholes + 2 * index, buffer.memory().address());
    numbers.put(wholes + 2 * index + 1, buffer.offset());
    return buffer.offset();
  }

  /** Queues a launch and gives the driver's code. */
  int launch(CUstream stream, long groups) {
    int x = Math.toIntExact(groups); // more than any memory holds elements for
    return CudaDriver.cuLaunchKernel(function, x, KernelSource.GROUP, stream, pointers);
  }
}
