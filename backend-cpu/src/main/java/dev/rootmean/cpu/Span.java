package dev.rootmean.cpu;

import dev.rootmean.DataType;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.lang.reflect.Array;
import java.util.Arrays;

/**
 * The elements that a thread has at hand: for each row an array and where in it they begin. Beside
 * them the thread's working memory, which is made when it is first needed.
 */
final class Span {
  private static final int MOST_ROWS =
      Kernels.all().stream().mapToInt(kernel -> kernel.rows().size()).max().orElseThrow();

  private final DataType type;

  /** Of each row the array, in the compute type; null if it is read or written as a whole. */
  final Object[] arrays = new Object[MOST_ROWS];

  final int[] from = new int[MOST_ROWS];
  int count;

  /** As long as a page, and lanes more: for the loops. */
  final Object[] scratch = new Object[2];

  /** What stands in the place of rows that the loops cannot take as they are. */
  final Object[] stages = new Object[MOST_ROWS];

  Span(DataType type) {
    this.type = type;
  }

  static Span[] ofThreads(int threads, DataType type) {
    Span[] spans = new Span[threads];
    Arrays.setAll(spans, thread -> new Span(type));
    return spans;
  }

  void makeScratch(int wanted) {
    for (int i = 0; i < wanted; i++) {
      if (scratch[i] == null) {
        scratch[i] = Pages.array(type, Pages.SIZE + Kernel.LANES);
      }
    }
  }

  void makeStage(int row, int length) {
    if (stages[row] == null || Array.getLength(stages[row]) < length) {
      stages[row] = Pages.array(type, length);
    }
  }

  /** Drops the pages, which would otherwise live until the next launch. */
  void clear() {
    Arrays.fill(arrays, null);
  }
}
