package dev.rootmean.opencl;

import dev.rootmean.kernels.KernelSource;
import dev.rootmean.kernels.StructBlock;
import dev.rootmean.spi.MemoryRange;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_kernel;

/**
 * A kernel with the arguments that it has. An argument is set when it differs from what the last
 * launch had, through pointers that are made once: a launch allocates nothing.
 */
final class OpenClKernel {
  private final String name;
  private final cl_kernel kernel;
  private final long[] globalSize = new long[1];
  private final long[] groupSize = {KernelSource.GROUP};

  OpenClKernel(BuiltProgram program, String name) {
    this.name = name;
    this.kernel = program.kernel(name);
  }

  /** Queues groups of {@link KernelSource#GROUP} work-items. */
  void launch(cl_command_queue queue, long groups) {
    globalSize[0] = groups * KernelSource.GROUP;
    int code =
        CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, globalSize, groupSize, 0, null, null);
    if (code != CL.CL_SUCCESS) {
      throw OpenClErrors.exception(code, "clEnqueueNDRangeKernel", name + " failed");
    }
  }

  private void setArgument(int index, long bytes, Pointer value) {
    OpenClErrors.check(CL.clSetKernelArg(kernel, index, bytes, value), "clSetKernelArg");
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

  /** A buffer as two arguments: its memory, and where in it the buffer begins. */
  final class Row {
    private final int index;
    private final Whole offset;
    private OpenClMemory memory;

    Row(int index) {
      this.index = index;
      this.offset = new Whole(index + 1);
    }

    @SuppressWarnings("ReferenceEquality") // another allocation is another handle
    void set(MemoryRange<OpenClMemory> buffer) {
      if (memory != buffer.memory()) {
        memory = null; // in case that it cannot be set
        setArgument(index, Sizeof.cl_mem, buffer.memory().asArgument());
        memory = buffer.memory();
      }
      offset.set(buffer.offset());
    }
  }
}
