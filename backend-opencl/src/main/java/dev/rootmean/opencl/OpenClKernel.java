package dev.rootmean.opencl;

import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.StructBlock;
import dev.rootmean.spi.MemoryRange;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/**
 * A kernel with the arguments that it has. An argument is set when it differs from what the last
 * launch had, through pointers that are made once: a launch allocates nothing.
 */
final class OpenClKernel {
  private final OpenClQueue queue;
  private final String name;
  private final cl_kernel kernel;
  private final long[] globalSize = new long[1];
  private final long[] groupSize = {KernelSource.GROUP};

  OpenClKernel(OpenClQueue queue, BuiltProgram program, String name) {
    this.queue = queue;
    this.name = name;
    this.kernel = program.kernel(name);
  }

  /** Says what is to be launched for some elements, once the kernel knows of them. */
  interface Part {
    /**
     * Sets the arguments that depend on how many elements there are.
     *
     * @return the number of work-groups
     */
    long prepare(long length);
  }

  /**
   * Queues the kernel for all elements of rows, as many a launch as the queue takes.
   *
   * @throws dev.rootmean.DeviceLostException if it failed between two launches: what is in the
   *     buffers is neither old nor new then
   */
  void launchEach(long length, Row[] rows, Part part) {
    long first = 0;
    try {
      while (first < length) {
        for (Row row : rows) {
          row.begin(first);
        }
        long elements = Math.min(queue.most(), length - first);
        launch(part.prepare(elements));
        first += elements;
      }
    } catch (RuntimeException | Error e) {
      if (first > 0) {
        throw OpenClErrors.lost(0, name, "only a part of it could be queued", e);
      }
      throw e;
    }
  }

  /** Queues groups of {@link KernelSource#GROUP} work-items. */
  void launch(long groups) {
    globalSize[0] = groups * KernelSource.GROUP;
    int code = queue.driver().clEnqueueNDRangeKernel(queue.handle(), kernel, globalSize, groupSize);
    if (code != CL.CL_SUCCESS) {
      throw OpenClErrors.exception(code, "clEnqueueNDRangeKernel", name + " failed", null);
    }
  }

  private void setArgument(int index, long bytes, Pointer value) {
    OpenClErrors.check(
        queue.driver().clSetKernelArg(kernel, index, bytes, value), "clSetKernelArg");
  }

  /** A whole number as an argument. */
  final class Whole {
    private final int index;
    private final long[] value = {0};
    private final Pointer pointer = Pointer.to(value);
    private boolean isSet;

    Whole(int index) {
      this.index = index;
    }

    void set(long wanted) {
      if (value[0] != wanted || !isSet) {
        value[0] = wanted;
        isSet = false;
        setArgument(index, Long.BYTES, pointer);
        isSet = true;
      }
    }
  }

  /** A struct as an argument. */
  final class Struct {
    private final int index;
    private final int bytes;
    private final Pointer pointer;
    private boolean isSet;

    Struct(int index, StructBlock block) {
      this.index = index;
      this.bytes = block.bytes().capacity();
      this.pointer = Pointer.to(block.bytes());
    }

    /** Takes what the block holds now, if that has changed. */
    void set(boolean changed) {
      if (changed || !isSet) {
        isSet = false;
        setArgument(index, bytes, pointer);
        isSet = true;
      }
    }
  }

  /** A buffer as two arguments: its memory, and where in it the kernel begins. */
  final class Row {
    private final int index;
    private final Whole offset;
    private OpenClMemory memory;
    private long start;

    Row(int index) {
      this.index = index;
      this.offset = new Whole(index + 1);
    }

    /** Takes a buffer, of which {@link #begin} has to say the rest. */
    @SuppressWarnings("ReferenceEquality") // another allocation is another handle
    Row set(MemoryRange<OpenClMemory> buffer) {
      if (memory != buffer.memory()) {
        memory = null; // in case that it cannot be set
        setArgument(index, Sizeof.cl_mem, buffer.memory().asArgument());
        memory = buffer.memory();
      }
      start = buffer.offset();
      return this;
    }

    /** Has the kernel begin at an element of the buffer. */
    void begin(long first) {
      offset.set(start + first);
    }
  }
}
