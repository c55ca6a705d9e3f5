package dev.rootmean.cpu;

import dev.rootmean.contract.LongTests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The whole contract over wrapped memory, stepped in place. */
@EnabledIfSystemProperty(named = LongTests.PROPERTY, matches = "true")
class VectorContractTest extends WrappedMemoryTest {
  @BeforeAll
  static void compile() {
    Compiled.await();
  }
}
