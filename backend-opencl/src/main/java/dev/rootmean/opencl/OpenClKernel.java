package dev.rootmean.opencl;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Block8;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/**
 * A built kernel with the arguments that it has. An argument is set when it differs from what the
 * last launch had, through pointers that are made once: a launch allocates nothing.
 */
final class OpenClKernel {
  private final OpenClQueue queue;
  private final KernelText text;
  private final Kernel kernel;
  private final cl_kernel handle;

  /** The most elements that one launch takes; of rows of a table, the most work-items. */
  private final long most;

  /** Whether a launch cannot be done once more, as its rows are no longer what they were. */
  private final boolean updates;

  private final Whole length = new Whole(0);

  /** Of rows of a table, how wide one is. */
  private final Whole vectors = new Whole(1);

  /** Null but for rows of a table. */
  private final Whole shift;

  /** Null if it does not round by random bits. */
  private final Whole key;

  private final Whole place;
  private final int firstRow;
  private final OpenClMemory[] memories;
  private final Whole[] offsets;

  /** The argument that its numbers are, if it has any. */
  private final int structIndex;

  private final ByteBuffer struct;
  private final Pointer structPointer;
  private Numbers held;
  private final long[] globalSize = new long[1];
  private final long[] groupSize = {KernelText.GROUP};

  OpenClKernel(OpenClQueue queue, BuiltProgram program, KernelText text, Kernel kernel) {
    this.queue = queue;
    this.text = text;
    this.kernel = kernel;
    this.handle = program.kernel(kernel.name());
    this.most =
        switch (kernel.shape()) {
          case EACH_ELEMENT, EACH_ROW -> queue.limits().launched();
          case EACH_BLOCK -> queue.limits().launched() / KernelText.GROUP * Block8.SIZE;
          case EACH_CHUNK -> queue.limits().launched() / KernelText.GROUP * Kernel.CHUNK;
          case ONCE -> Long.MAX_VALUE;
        };
    this.updates = kernel.rows().stream().anyMatch(row -> row.access() == Access.UPDATE);
    int structBytes = kernel.numbers().size() * kernel.compute().bytes();
    this.struct = ByteBuffer.allocateDirect(structBytes).order(ByteOrder.nativeOrder());
    this.structPointer = Pointer.to(struct);
    boolean ofRows = kernel.shape() == Shape.EACH_ROW;
    this.shift = ofRows ? new Whole(2) : null;
    this.structIndex = ofRows ? 3 : 2;
    int next = structBytes > 0 ? structIndex + 1 : structIndex;
    boolean isRandom = kernel.rounding() == Rounding.RANDOM;
    this.key = isRandom ? new Whole(next) : null;
    this.place = isRandom ? new Whole(next + 1) : null;
    this.firstRow = isRandom ? next + 2 : next;
    this.memories = new OpenClMemory[kernel.rows().size()];
    this.offsets = new Whole[memories.length];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = new Whole(firstRow + 2 * i + 1);
    }
  }

  /**
   * Queues the kernel, in as many launches as the queue takes.
   *
   * @throws dev.rootmean.DeviceLostException if it failed between two launches and cannot be done
   *     once more: what is in the buffers is neither old nor new then
   */
  void launch(Numbers numbers, Rows<OpenClMemory> rows) {
    setNumbers(numbers);
    for (int i = 0; i < memories.length; i++) {
      setMemory(i, rows.memory(i));
    }
    boolean inVectors = shift == null && rows.vectors(kernel, text.width()) > 0;
    long mostUnits = shift == null ? most : Math.max(1, most >> KernelText.shift(rows.width()));
    long first = 0;
    try {
      while (first < rows.length()) {
        long part = Math.min(mostUnits, rows.length() - first);
        launch(rows, first, part, inVectors ? text.vectors(kernel.shape(), part) : 0);
        first += part;
      }
    } catch (RuntimeException | Error e) {
      if (first > 0 && updates) {
        throw OpenClErrors.lost(0, kernel.name(), "only a part of it could be queued", e);
      }
      throw e;
    }
  }

  /** A part begins on a vector where the whole does. */
  private void launch(Rows<OpenClMemory> rows, long first, long part, long inVectors) {
    length.set(part);
    long groups;
    if (shift == null) {
      vectors.set(inVectors);
      groups = text.groups(kernel.shape(), part, inVectors);
    } else {
      vectors.set(rows.width());
      shift.set(KernelText.shift(rows.width()));
      groups = KernelText.rowGroups(part, rows.width());
    }
    if (key != null) {
      key.set(rows.key());
      place.set(rows.place() + (shift == null ? first : 0)); // a row's number tells its place
    }
    for (int i = 0; i < offsets.length; i++) {
      offsets[i].set(rows.offset(i) + advance(kernel.rows().get(i), first, rows.width()));
    }
    globalSize[0] = groups * KernelText.GROUP;
    int code = queue.driver().clEnqueueNDRangeKernel(queue.handle(), handle, globalSize, groupSize);
    if (code != CL.CL_SUCCESS) {
      throw OpenClErrors.exception(code, "clEnqueueNDRangeKernel", kernel + " failed", null);
    }
  }

  private static long advance(Row row, long first, int width) {
    return switch (row.extent()) {
      case ELEMENT, BOUND -> first;
      case BLOCK -> first / Block8.SIZE;
      case WIDE -> first * width;
      case CHUNK -> first / Kernel.CHUNK;
      case WHOLE -> 0;
    };
  }

  @SuppressWarnings("ReferenceEquality") // equal numbers that are others merely cost a little more
  private void setNumbers(Numbers numbers) {
    if (numbers != held && struct.capacity() > 0) {
      held = null; // in case that they cannot be set
      numbers.put(struct);
      setArgument(structIndex, struct.capacity(), structPointer);
      held = numbers;
    }
  }

  @SuppressWarnings("ReferenceEquality") // another allocation is another handle
  private void setMemory(int row, OpenClMemory memory) {
    if (memories[row] != memory) {
      memories[row] = null; // in case that it cannot be set
      setArgument(firstRow + 2 * row, Sizeof.cl_mem, memory.asArgument());
      memories[row] = memory;
    }
  }

  private void setArgument(int index, long bytes, Pointer value) {
    OpenClErrors.check(
        queue.driver().clSetKernelArg(handle, index, bytes, value), "clSetKernelArg");
  }

  /** A whole number as an argument. */
  private final class Whole {
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
}
