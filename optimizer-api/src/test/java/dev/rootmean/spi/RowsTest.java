package dev.rootmean.spi;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.Precision.Rounding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowsTest {
  private static MemoryRange<Object> range(DataType type, long offset, long length) {
    return new MemoryRange<>(new Allocation<>(null, 1), type, offset, length);
  }

  /** A gradient of 16 bits begins on a vector when it does so by its own elements. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 0",
    "3, 0, 0, 0",
    "4, 0, 0, 1",
    "1027, 0, 0, 256",
    "1028, 4, 8, 257",
    "1024, 6, 0, 0",
    "1024, 0, 6, 0",
    "8589934592, 0, 0, 2147483648" // more than 32 bits count
  })
  void vectorsBeginTogether(long length, long paramsOffset, long gradsOffset, long vectors) {
    for (DataType grads : new DataType[] {FLOAT32, BFLOAT16}) {
      Kernel step = step(grads, true);
      Rows<Object> rows = new Rows<>();
      rows.begin(length);
      rows.add(range(FLOAT32, paramsOffset, length)).add(range(grads, gradsOffset, length));
      rows.add(range(FLOAT32, 0, length)).add(range(FLOAT32, 1, 9)); // whole rows have no say
      assertEquals(vectors, rows.vectors(step, 4));
      assertEquals(length, rows.vectors(step, 1));
    }
  }

  /** Memory of others begins anywhere, and a part of it may well be where a vector is. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 16, 0, 257",
    "FLOAT32, 20, 0, 0",
    "FLOAT32, 20, 3, 257",
    "FLOAT32, 16, 1, 0",
    "BFLOAT16, 24, 0, 257",
    "BFLOAT16, 18, 0, 0",
    "BFLOAT16, 20, 0, 0",
    "BFLOAT16, 22, 1, 257"
  })
  void theAddressOfOthersMemoryCounts(DataType grads, long address, long offset, long vectors) {
    long length = 1028;
    Kernel step = step(grads, false);
    ForeignMemory foreign = ForeignMemory.cuda(0, address, grads, offset + length, this);
    Rows<Object> rows = new Rows<>();
    rows.begin(length).add(range(FLOAT32, 0, length));
    rows.add(new MemoryRange<>(new Allocation<>(foreign, 2), grads, offset, length));
    rows.add(range(FLOAT32, 0, length));
    assertEquals(vectors, rows.vectors(step, 4));
  }

  private static Kernel step(DataType grads, boolean decided) {
    int types = StepTypes.find(FLOAT32, grads, FLOAT32, false, Rounding.NEAREST, false);
    return Kernels.step(types, false, false, decided);
  }
}
