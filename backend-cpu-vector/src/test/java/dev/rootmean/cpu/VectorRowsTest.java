package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.cpu.vector.AllAtOnce;
import org.junit.jupiter.api.AfterEach;

/** Rows that are wrapped or not, of any place on their pages, stepped in place where that goes. */
class VectorRowsTest extends WrappedRowsTest {
  private final AllAtOnce all = new AllAtOnce();

  @Override
  CpuDevice device(int threads) {
    return new CpuDevice(threads, all);
  }

  @AfterEach
  void manyAreInPlace() {
    assertTrue(all.stepped() > 10 * Pages.SIZE, all.stepped() + " elements");
  }
}
