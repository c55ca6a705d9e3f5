package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import java.lang.reflect.Array;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
  private static final long BEYOND_INT = (1L << 31) - 5;

  @ParameterizedTest
  @ValueSource(longs = {1, 5, 6, 7, 11, 12, 13, 16_383, 16_384, 16_385, 100_000})
  void thereIsRoomForEveryElementAndLittleMore(long length) {
    for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
      for (int buffer = 0; buffer < 7; buffer++) {
        Object[] pages = Pages.allocate(type, length, buffer);
        long room = 0;
        long taken = 0;
        for (int i = 0; i < pages.length; i++) {
          int size = Array.getLength(pages[i]);
          assertTrue(i == pages.length - 1 || size >= Pages.SIZE);
          room += Math.min(size, Pages.SIZE);
          taken += size;
          long bytes = 16 + (long) size * type.bytes();
          assertEquals(0, bytes % 64, "an array with its header ends a line");
        }
        assertTrue(room >= length);
        assertTrue(taken <= length * 1.03 + 28, taken + " for " + length);
      }
    }
  }

  @Test
  void moreThanJavaCanAddressIsTooMuch() {
    assertThrows(
        OutOfMemoryError.class, () -> Pages.allocate(DataType.FLOAT32, Long.MAX_VALUE / 4, 0));
  }

  @Test
  void copiesCrossPagesBeyondTwoToThe31() {
    float[][] pages = farPages();
    CpuMemory memory = new PagedMemory(DataType.FLOAT32, pages);
    TransferTask transfers = new TransferTask(WorkersTest.workers(1));
    float[] source = new float[Pages.SIZE + 20];
    for (int i = 0; i < source.length; i++) {
      source[i] = i + 1;
    }
    transfers.send(memory, BEYOND_INT, FloatBuffer.wrap(source));
    int lastOfPage = Pages.SIZE - 1;
    assertEquals(5, pages[131_071][lastOfPage]);
    assertEquals(6, pages[131_072][0]);
    assertEquals(source.length, pages[131_073][14]);
    float[] target = new float[source.length];
    transfers.receive(memory, BEYOND_INT, FloatBuffer.wrap(target));
    assertArrayEquals(source, target);

    float[] staged = new float[40];
    memory.gather(BEYOND_INT, staged, 0, 40);
    assertArrayEquals(Arrays.copyOf(source, 40), staged);
    staged[0] = -1;
    staged[39] = -40;
    memory.scatter(staged, 0, BEYOND_INT, 40);
    assertEquals(-1, pages[131_071][lastOfPage - 4]);
    assertEquals(-40, pages[131_072][34]);
  }

  /** 2³¹ elements and a few pages, of which only the last three are apart from each other. */
  private static float[][] farPages() {
    float[][] pages = new float[131_074][];
    Arrays.fill(pages, new float[Pages.SIZE]);
    for (int i = 131_071; i < pages.length; i++) {
      pages[i] = new float[Pages.SIZE];
    }
    return pages;
  }
}
