package dev.rootmean.cpu;

import org.junit.jupiter.api.BeforeAll;

/** Rows that are wrapped or not, of any place on their pages, stepped in place where that goes. */
class VectorRowsTest extends WrappedRowsTest {
  @BeforeAll
  static void compile() {
    Compiled.await();
  }
}
