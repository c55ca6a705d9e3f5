package dev.rootmean.cuda;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.kernels.KernelText;
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
  private static final int MOST_NUMBERS = most(kernel -> kernel.numbers().size());
  static final int MOST_ROWS = most(kernel -> kernel.rows().size());

  // Places, each of 8 bytes. The first two are the length and the vectors, or of many launches
  // their number and their table; of rows of a table the first three are their number, their width
  // and the shift. A row is two: its memory, and where in it it begins.
  private static final int FIRST = 0;
  private static final int SECOND = 1;
  private static final int THIRD = 2;
  private static final int KEY = 3;
  private static final int PLACE = 4;
  private static final int NUMBERS = 5;
  private static final int ROWS = NUMBERS + MOST_NUMBERS;
  private static final int TABLES = ROWS + 2 * MOST_ROWS;
  private static final int TABLE_LENGTH = NUMBERS + 1 + 2 * MOST_ROWS;
  private static final int END = TABLES + 7 * TABLE_LENGTH;

  private final PageLocked page = PageLocked.of((long) END * Long.BYTES);
  private final LongBuffer places;
  private final ByteBuffer struct;
  private final Tables ofOne;
  private final Tables ofMany;
  private final Tables ofRows;

  /** Of a kind of launch: what its kernels take, by whether it has numbers and random bits. */
  private record Tables(Pointer withoutNumbers, Pointer withNumbers, Pointer random) {}

  /** What the struct has. */
  private Numbers held;

  /** In the current context. */
  LaunchArguments() {
    places = page.longs();
    struct =
        page.getByteBuffer(NUMBERS * Long.BYTES, (long) MOST_NUMBERS * Long.BYTES)
            .order(ByteOrder.nativeOrder());
    Pointer withoutNumbers = table(0, FIRST, SECOND);
    Pointer withNumbers = table(1, FIRST, SECOND, NUMBERS);
    Pointer random = table(2, FIRST, SECOND, NUMBERS, KEY, PLACE);
    ofOne = new Tables(withoutNumbers, withNumbers, random);
    ofMany = new Tables(withoutNumbers, withNumbers, table(3, FIRST, SECOND, NUMBERS, KEY));
    ofRows =
        new Tables(
            table(4, FIRST, SECOND, THIRD),
            table(5, FIRST, SECOND, THIRD, NUMBERS),
            table(6, FIRST, SECOND, THIRD, NUMBERS, KEY, PLACE));
  }

  /** Lays down the addresses of some places, and then of all rows. */
  private Pointer table(int number, int... first) {
    int at = TABLES + number * TABLE_LENGTH;
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
  Pointer of(Kernel kernel, long vectors, Numbers numbers, Rows<CudaMemory> rows) {
    putAll(rows);
    return of(kernel, rows.length(), vectors, numbers, rows, ofOne);
  }

  /** Those of a launch of rows of a table. */
  Pointer ofRows(Kernel kernel, Numbers numbers, Rows<CudaMemory> rows) {
    putAll(rows);
    places.put(THIRD, KernelText.shift(rows.width()));
    return of(kernel, rows.length(), rows.width(), numbers, rows, ofRows);
  }

  private void putAll(Rows<CudaMemory> rows) {
    int place = ROWS;
    for (int i = 0; i < rows.count(); i++) {
      place = put(place, rows, i);
    }
  }

  /**
   * Those of many launches at once.
   *
   * @param rows of any of them: what their table does not have is the same in all
   */
  Pointer ofMany(LaunchTable table, Kernel kernel, Numbers numbers, Rows<CudaMemory> rows) {
    int place = ROWS;
    for (int i = 0; i < rows.count(); i++) {
      if (!kernel.rows().get(i).isOfElements()) {
        place = put(place, rows, i);
      }
    }
    return of(kernel, table.launches(), table.address(), numbers, rows, ofMany);
  }

  private int put(int place, Rows<CudaMemory> rows, int row) {
    places.put(place, rows.memory(row).address());
    places.put(place + 1, rows.offset(row));
    return place + 2;
  }

  @SuppressWarnings("ReferenceEquality") // equal numbers that are others merely cost a little more
  private Pointer of(
      Kernel kernel,
      long first,
      long second,
      Numbers numbers,
      Rows<CudaMemory> rows,
      Tables tables) {
    places.put(FIRST, first);
    places.put(SECOND, second);
    if (kernel.numbers().isEmpty()) {
      return tables.withoutNumbers;
    }
    if (numbers != held) {
      held = null; // until all are put: at the end of the stack that may fail
      numbers.put(struct);
      held = numbers;
    }
    if (kernel.rounding() == Rounding.NEAREST) {
      return tables.withNumbers;
    }
    places.put(KEY, rows.key());
    places.put(PLACE, rows.place());
    return tables.random;
  }

  @Override
  public void close() {
    page.close();
  }
}
