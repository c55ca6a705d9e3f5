package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.StubProvider;
import dev.rootmean.contract.WrappedMemoryContract;
import dev.rootmean.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;

/** All memory, context and queue are a program's; 16 bytes at a time, where the base allows it. */
class PoclWrappedContractTest extends WrappedMemoryContract {
  private static final byte GUARD = 0x5A;
  private static final int GUARDS = 64;

  private final List<Taken> taken = new ArrayList<>();
  private Framework framework;

  /** A memory object with its guarded bytes. */
  private record Taken(cl_mem memory, int from, int end) {}

  @Override
  protected BackendProvider provider() {
    OpenClProvider real = new OpenClProvider();
    return new StubProvider(real.name(), real.priority(), real::probe, device -> inFramework());
  }

  @Override
  protected String device() {
    return Pocl.DEVICE;
  }

  private OptimizerBackend inFramework() {
    if (framework == null) {
      framework = new Framework();
    }
    return framework.open(new Jocl(), true);
  }

  @Override
  protected ForeignMemory foreign(DataType type, long length) {
    int first = GUARDS / type.bytes() + taken.size() % 4; // not always on 16 bytes
    int from = first * type.bytes();
    int end = from + (int) length * type.bytes();
    byte[] content = new byte[end + GUARDS];
    Arrays.fill(content, 0, from, GUARD);
    Arrays.fill(content, end, content.length, GUARD);
    cl_mem memory = framework.memory(content);
    taken.add(new Taken(memory, from, end));
    return ForeignMemory.openCl(memory, first, type, length, memory);
  }

  @AfterEach
  void nothingAroundIsTouched() {
    for (Taken each : taken) {
      assertGuarded(framework.read(each.memory, 0, each.from));
      assertGuarded(framework.read(each.memory, each.end, GUARDS));
    }
    taken.clear();
    if (framework != null) {
      framework.releaseMemory();
    }
  }

  private static void assertGuarded(byte[] bytes) {
    byte[] expected = new byte[bytes.length];
    Arrays.fill(expected, GUARD);
    assertArrayEquals(expected, bytes);
  }

  @AfterAll
  void end() {
    if (framework != null) {
      framework.close();
    }
  }
}
