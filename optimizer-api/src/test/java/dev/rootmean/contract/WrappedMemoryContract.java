package dev.rootmean.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.junit.jupiter.api.Test;

/**
 * The whole contract once more, where memory is somebody else's: every buffer that a test takes is
 * a wrapped one, but for decisions, and most accumulators.
 */
public abstract class WrappedMemoryContract extends OptimizerBackendContract {
  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /**
   * Memory such as a framework has.
   *
   * @param type of the elements
   * @param length how many
   * @return zeros that nothing else uses; now and then not on 16 bytes
   */
  protected abstract ForeignMemory foreign(DataType type, long length);

  private static ForeignMemory owned(ForeignMemory memory, Object owner) {
    DataType type = memory.dataType();
    long length = memory.length();
    return switch (memory.kind()) {
      case HOST -> ForeignMemory.host(memory.address(), type, length, owner);
      case CUDA -> ForeignMemory.cuda(memory.device(), memory.address(), type, length, owner);
      case OPENCL -> ForeignMemory.openCl(memory.handle(), memory.first(), type, length, owner);
    };
  }

  @Test
  void twoViewsOfOneMemoryOverlap() {
    ForeignMemory memory = foreign(type(), 100);
    RmsProp rule = RmsProp.builder().build();
    try (DeviceBuffer one = backend().wrap(memory);
        DeviceBuffer other = backend().wrap(memory);
        RmsPropState state = RmsPropState.allocate(backend(), rule, type(), 50)) {
      for (int from : new int[] {0, 1, 49}) {
        DeviceBuffer params = one.slice(from, 50);
        DeviceBuffer grads = other.slice(49, 50);
        IllegalArgumentException refused =
            assertThrows(
                IllegalArgumentException.class, () -> backend().step(rule, params, grads, state));
        assertEquals(
            "params and grads overlap: expected buffers apart from each other",
            refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> params.add(grads));
        assertThrows(IllegalArgumentException.class, () -> params.copyFrom(grads));
      }
      backend().step(rule, one.slice(0, 50), other.slice(50, 50), state);
      try (Optimizer optimizer =
          Optimizer.builder(backend(), rule)
              .dataType(type())
              .parameter("w", one.slice(0, 50))
              .build()) {
        DeviceBuffer across = other.slice(49, 50);
        assertThrows(IllegalArgumentException.class, () -> optimizer.gradient("w", across));
        assertThrows(IllegalArgumentException.class, () -> optimizer.add("v", "", across));
        optimizer.gradient("w", other.slice(50, 50));
        optimizer.step();
      }
    }
  }

  @Test
  void whatIsWrittenToOneViewIsReadFromAnother() {
    ForeignMemory memory = foreign(type(), 3);
    double[] numbers = {1, 2, 3};
    try (DeviceBuffer one = backend().wrap(memory)) {
      Elements.write(one, numbers);
    }
    try (DeviceBuffer again = backend().wrap(memory)) { // closing a view leaves what it saw
      Bits.assertHolds("the memory", again, numbers);
    }
  }

  @Test
  void aClosedViewIsRefused() {
    ForeignMemory memory = foreign(type(), 3);
    DeviceBuffer closed = backend().wrap(memory);
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, closed::zero);
    try (DeviceBuffer open = backend().wrap(memory)) {
      assertThrows(IllegalStateException.class, () -> open.copyFrom(closed));
    }
  }

  @Test
  void theOwnerLivesAsLongAsTheView() throws InterruptedException {
    Object[] owner = {new Object()};
    ForeignMemory memory = foreign(type(), 3);
    DeviceBuffer view = backend().wrap(owned(memory, owner[0]));
    WeakReference<Object> seen = new WeakReference<>(owner[0]);
    owner[0] = null;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(10);
      assertNotNull(seen.get());
    }
    view.close();
    for (int i = 0; i < 500 && seen.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertNull(seen.get());
  }

  @Test
  void tenThousandViewsLeaveNothing() {
    ForeignMemory memory = foreign(type(), 3);
    Set<DeviceBuffer> views = Collections.newSetFromMap(new WeakHashMap<>());
    for (int i = 0; i < 10_000; i++) {
      DeviceBuffer view = backend().wrap(memory);
      views.add(view);
      view.close();
    }
    for (int i = 0; i < 500 && !views.isEmpty(); i++) {
      System.gc();
    }
    assertEquals(0, views.size());
  }

  @Test
  void memoryOfAnotherKindIsRefused() {
    Object owner = new Object();
    ForeignMemory[] all = {
      ForeignMemory.host(64, type(), 3, owner),
      ForeignMemory.cuda(0, 64, type(), 3, owner),
      ForeignMemory.openCl(owner, 0, type(), 3, owner)
    };
    ForeignMemory.Kind kind = foreign(type(), 3).kind();
    for (ForeignMemory memory : all) {
      if (memory.kind() != kind) {
        assertThrows(IllegalArgumentException.class, () -> backend().wrap(memory));
      }
    }
  }

  @Override
  final OptimizerBackend underTest(OptimizerBackend opened) {
    return new Wrapping(opened);
  }

  private final class Wrapping implements OptimizerBackend {
    private final OptimizerBackend backend;
    private int states;

    Wrapping(OptimizerBackend backend) {
      this.backend = backend;
    }

    @Override
    public BackendInfo info() {
      return backend.info();
    }

    @Override
    public DeviceBuffer allocate(DataType type, long length) {
      DeviceBuffer own = backend.allocate(type, length); // refused as ever
      Class<?> taker = WALKER.getCallerClass();
      if (taker == GradientDecision.class || (taker == RmsPropState.class && ++states % 4 > 0)) {
        return own;
      }
      if (type.isInBlocks()) { // nobody else has such: their bases would lie nowhere
        return own;
      }
      own.close();
      return backend.wrap(foreign(type, length));
    }

    @Override
    public DeviceBuffer wrap(ForeignMemory memory) {
      return backend.wrap(memory);
    }

    @Override
    public HostBuffer allocateHost(DataType type, long length) {
      return backend.allocateHost(type, length);
    }

    @Override
    public boolean owns(DeviceBuffer buffer) {
      return backend.owns(buffer);
    }

    @Override
    public void step(RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
      backend.step(rule, params, grads, state);
    }

    @Override
    public RowGradients allocateRows(DataType type, long rows, int width) {
      return backend.allocateRows(type, rows, width);
    }

    @Override
    public void stepRows(
        RmsProp rule, DeviceBuffer params, RowGradients grads, RmsPropState state) {
      backend.stepRows(rule, params, grads, state);
    }

    @Override
    public void stepRows(
        RmsProp rule,
        DeviceBuffer params,
        RowGradients grads,
        RmsPropState state,
        GradientDecision decision) {
      backend.stepRows(rule, params, grads, state, decision);
    }

    @Override
    public void measure(List<DeviceBuffer> grads, GradientDecision decision) {
      backend.measure(grads, decision);
    }

    @Override
    public MultiTensorStep multiTensorStep() {
      return backend.multiTensorStep();
    }

    @Override
    public void measure(DeviceBuffer grads, GradientDecision decision) {
      backend.measure(grads, decision);
    }

    @Override
    public void step(
        RmsProp rule,
        DeviceBuffer params,
        DeviceBuffer grads,
        RmsPropState state,
        GradientDecision decision) {
      backend.step(rule, params, grads, state, decision);
    }

    @Override
    public long nativeQueue() {
      return backend.nativeQueue();
    }

    @Override
    public void synchronize() {
      backend.synchronize();
    }

    @Override
    public void close() {
      backend.close();
    }
  }
}
