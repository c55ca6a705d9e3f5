package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many work-items there are for what. */
@Tag("any-jdk")
class LaunchSizesTest {
  @ParameterizedTest
  @CsvSource({
    "1, 0, 1",
    "3, 0, 1",
    "4, 1, 1",
    "1024, 256, 1",
    "1025, 256, 2",
    "1028, 257, 2",
    "1024, 0, 4", // out of alignment: an element each
    "8589934592, 2147483648, 8388608" // more than 32 bits count
  })
  void everyElementHasAWorkItem(long length, long vectors, long groups) {
    KernelText wide = new KernelText(Dialect.OPENCL, "float32", 1);
    assertEquals(4, wide.width());
    assertEquals(groups, wide.groups(Shape.EACH_ELEMENT, length, vectors));
    assertEquals(Kernel.chunks(length), wide.groups(Shape.EACH_CHUNK, length, vectors));
    assertEquals(1, wide.groups(Shape.ONCE, length, vectors));
    assertEquals((length + 1_023) / 1_024, wide.groups(Shape.EACH_BLOCK, length, vectors));
    assertThrows(
        IllegalArgumentException.class, () -> wide.groups(Shape.EACH_ROW, length, vectors));
    assertEquals(4, new KernelText(Dialect.CUDA, "float32_bfloat16", 1).width());
    assertEquals(2, new KernelText(Dialect.CUDA, "float64", 1).width());
    KernelText narrow = new KernelText(Dialect.OPENCL, "float32", 0);
    assertEquals(1, narrow.width());
    assertEquals((length + 255) / 256, narrow.groups(Shape.EACH_ELEMENT, length, length));
  }

  /** Where a work-item has two vectors, those of whole groups are moved so. */
  @ParameterizedTest
  @CsvSource({"3, 0, 0", "7, 1, 0", "2047, 511, 0", "2048, 512, 512", "4099, 1024, 1024"})
  void vectorsAreWhole(long length, long each, long inPairs) {
    KernelText one = new KernelText(Dialect.OPENCL, "float32", 1);
    KernelText two = new KernelText(Dialect.OPENCL, "float32", 2);
    assertEquals(each, one.vectors(Shape.EACH_ELEMENT, length));
    assertEquals(inPairs, two.vectors(Shape.EACH_ELEMENT, length));
    assertEquals(each, two.vectors(Shape.EACH_BLOCK, length));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1",
    "257, 1, 1, 2",
    "128, 2, 2, 1",
    "129, 2, 2, 2",
    "64, 3, 4, 1",
    "1, 255, 256, 1",
    "7, 256, 256, 7",
    "7, 257, 256, 7",
    "2147483647, 768, 256, 2147483647" // what a launch takes at most on CUDA
  })
  void everyRowHasItsWorkItems(long rows, int width, int workItems, long groups) {
    assertEquals(workItems, 1 << KernelText.shift(width));
    assertEquals(groups, KernelText.rowGroups(rows, width));
    assertTrue(groups * KernelText.GROUP >= rows * workItems);
  }
}
