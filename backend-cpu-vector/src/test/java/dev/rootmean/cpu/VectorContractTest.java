package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.cpu.vector.AllAtOnce;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The whole contract over wrapped memory, stepped in place. */
@Tag("thorough")
class VectorContractTest extends WrappedMemoryTest {
  private static final AllAtOnce ALL = new AllAtOnce();

  /** The CPU's, with steps that count. */
  private record Counted(BackendProvider cpu) implements BackendProvider {
    @Override
    public String name() {
      return cpu.name();
    }

    @Override
    public int priority() {
      return cpu.priority();
    }

    @Override
    public Availability probe() {
      return cpu.probe();
    }

    @Override
    public OptimizerBackend open(String device) {
      cpu.open(device).close(); // or refuses it
      return new CpuDevice(2, ALL).backend();
    }
  }

  @Override
  protected BackendProvider provider() {
    return new Counted(super.provider());
  }

  /** Until then vectors are objects, and a step allocates. */
  @BeforeAll
  static void loopsAreCompiled() {
    Compiled.await();
  }

  @AfterAll
  static void manyAreInPlace() {
    assertTrue(ALL.stepped() > 10 * Pages.SIZE, ALL.stepped() + " elements");
  }
}
