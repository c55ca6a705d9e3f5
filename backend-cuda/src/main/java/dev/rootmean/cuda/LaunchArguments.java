package dev.rootmean.cuda;

import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.function.ToIntFunction;
import jcuda.Pointer;

/**
 * The arguments of a launch, and the tables of their addresses that a driver takes, in native
 * memory: of Java's pointers JCuda would make a table in each launch, which costs more than the
 * launch. The driver has copied the arguments when a launch returns, so all kernels share them.
 */
final class LaunchArguments implements AutoCloseable {
  /** JCuda keeps an address to itself and its subclasses. */
  private static final class Page extends Pointer {
    long address() {
      return getNativePointer();
    }
  }

  private static final int MOST_NUMBERS = most(kernel -> kernel.numbers().size());
  private static final int MOST_ROWS = most(kernel -> kernel.rows().size());

  // Places, each of 8 bytes. A row is two: its memory, and where in it it begins.
  private static final int LENGTH = 0;
  private static final int VECTORS = 1;
  private static final int NUMBERS = 2;
  private static final int ROWS = NUMBERS + MOST_NUMBERS;
  private static final int TABLE = ROWS + 2 * MOST_ROWS;
  private static final int TABLE_WITHOUT_NUMBERS = TABLE + 3 + 2 * MOST_ROWS;
  private static final int END = TABLE_WITHOUT_NUMBERS + 2 + 2 * MOST_ROWS;

  private final Page page = new Page();
  private final LongBuffer places;
  private final ByteBuffer struct;
  private final Pointer table;
  private final Pointer tableWithoutNumbers;

  /** What the struct has. */
  private Numbers held;

  /** In the current context. */
  LaunchArguments() {
    CudaErrors.check(CudaDriver.cuMemAllocHost(page, (long) END * Long.BYTES), "cuMemAllocHost");
    ByteBuffer bytes = page.getByteBuffer(0, (long) END * Long.BYTES);
    places = bytes.order(ByteOrder.nativeOrder()).asLongBuffer();
    struct = bytes.position(NUMBERS * Long.BYTES).slice().order(ByteOrder.nativeOrder());
    table = table(TABLE, LENGTH, VECTORS, NUMBERS);
    tableWithoutNumbers = table(TABLE_WITHOUT_NUMBERS, LENGTH, VECTORS);
  }

  /** Lays the addresses of some places, and then of all rows, down from a place on. */
  private Pointer table(int at, int... first) {
    int next = at;
    for (int place : first) {
      places.put(next++, address(place));
    }
    for (int i = 0; i < 2 * MOST_ROWS; i++) {
      places.put(next++, address(ROWS + i));
    }
    return page.withByteOffset((long) at * Long.BYTES);
  }

  private long address(int place) {
    return page.address() + (long) place * Long.BYTES;
  }

  private static int most(ToIntFunction<Kernel> count) {
    return Kernels.all().stream().mapToInt(count).max().orElseThrow();
  }

  /** Those of a launch; they are good until the next one's are asked for. */
  @SuppressWarnings("ReferenceEquality") // equal numbers that are others merely cost a little more
  Pointer of(Kernel kernel, long vectors, Numbers numbers, Rows<CudaMemory> rows) {
    places.put(LENGTH, rows.length());
    places.put(VECTORS, vectors);
    for (int i = 0; i < rows.count(); i++) {
      places.put(ROWS + 2 * i, rows.memory(i).address());
      places.put(ROWS + 2 * i + 1, rows.offset(i));
    }
    if (kernel.numbers().isEmpty()) {
      return tableWithoutNumbers;
    }
    if (numbers != held) {
      held = null; // until all are put: at the end of the stack that may fail
      numbers.put(struct);
      held = numbers;
    }
    return table;
  }

  @Override
  public void close() {
    CudaDriver.cuMemFreeHost(page);
  }
}
