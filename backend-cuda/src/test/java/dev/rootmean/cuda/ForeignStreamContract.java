package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignQueue;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.Arrays;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The order of steps and of a framework's work, where neither waits for the other on the host: on
 * whatever driver there is, also a real one.
 */
public abstract class ForeignStreamContract {
  private static final String NO_ORDER = "no order is promised, and a race may be won";

  private final int length;
  private final int bytes;
  private final int before;
  private final boolean racesAreLost;

  /**
   * Prepares the tests.
   *
   * @param length elements of a tensor
   * @param before fills of a tensor that a framework's stream has to do before its work: so long
   *     that whoever does not wait for it comes too early
   * @param racesAreLost whether work that nobody waits for is surely not done: only then what is
   *     not in order can be looked at
   */
  protected ForeignStreamContract(int length, int before, boolean racesAreLost) {
    this.length = length;
    this.bytes = 4 * length;
    this.before = before;
    this.racesAreLost = racesAreLost;
  }

  /**
   * Whose primary contexts are current while a training runs.
   *
   * @return numbers of devices, the last one's on top
   */
  protected int[] current() {
    return new int[] {0};
  }

  /** How a framework works: whether what it does before, and after a step is in order with that. */
  private enum Work {
    IN_THE_LEGACY_STREAM(true, true),
    IN_A_STREAM_OF_ITS_OWN(false, false),
    WITH_AN_EVENT_BEFORE(true, false),
    WITH_AN_EVENT_AFTER(false, true),
    WITH_EVENTS(true, true);

    final boolean before;
    final boolean after;

    Work(boolean before, boolean after) {
      this.before = before;
      this.after = after;
    }

    CUstream in(FrameworkStream own) {
      return this == IN_THE_LEGACY_STREAM ? null : own.stream();
    }

    OptimizerBuilder order(OptimizerBuilder builder, FrameworkStream own) {
      return this == IN_THE_LEGACY_STREAM ? builder : builder.orderedWith(queue(own));
    }

    private ForeignQueue queue(FrameworkStream own) {
      return new ForeignQueue() {
        @Override
        public void beforeStep(long nativeQueue) {
          if (before) {
            own.beforeStep(nativeQueue);
          }
        }

        @Override
        public void afterStep(long nativeQueue) {
          if (after) {
            own.afterStep(nativeQueue);
          }
        }
      };
    }
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("0");
  }

  private void fill(FrameworkMemory memory, float value, CUstream stream) {
    memory.call(
        () ->
            JCudaDriver.cuMemsetD32Async(
                memory.at(0), Float.floatToRawIntBits(value), length, stream));
  }

  /** Has a stream do something else first. */
  private void keepBusy(FrameworkMemory memory, CUstream stream) {
    for (int i = 0; i < before; i++) {
      fill(memory, i, stream);
    }
  }

  /** Waits for the stream alone. */
  private float[] read(FrameworkMemory memory, CUstream stream) {
    float[] values = new float[length];
    memory.call(
        () -> JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(values), memory.at(0), bytes, stream));
    return values;
  }

  private float[] filled(float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return values;
  }

  /** What one step makes of parameters of 1 and gradients of 2. */
  private float[] stepped(OptimizerBackend backend) {
    try (Optimizer optimizer =
        Optimizer.builder(backend, NamedRule.PLAIN.rule()).parameter("w", length).build()) {
      optimizer.parameter("w").write(filled(1));
      optimizer.gradient("w").write(filled(2));
      optimizer.step();
      return read(optimizer, "w");
    }
  }

  private float[] read(Optimizer optimizer, String name) {
    float[] values = new float[length];
    optimizer.parameter(name).read(values);
    return values;
  }

  private float[] numbers(int seed) {
    double[] numbers = NumberKind.ORDINARY.take(FLOAT32, length, seed);
    float[] floats = new float[length];
    for (int i = 0; i < length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  @ParameterizedTest
  @EnumSource
  void aStepReadsGradientsThatAFrameworkHasQueued(Work work) {
    assumeTrue(work.before || racesAreLost, NO_ORDER);
    try (FrameworkMemory p = new FrameworkMemory(0, bytes);
        FrameworkMemory g = new FrameworkMemory(0, bytes);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 0, length));
        DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, 0, length));
        Optimizer optimizer =
            work.order(Optimizer.builder(backend, NamedRule.PLAIN.rule()), own)
                .parameter("w", params)
                .build()) {
      float[] expected = stepped(backend);
      optimizer.gradient("w", grads);
      params.write(filled(1));
      keepBusy(g, work.in(own));
      fill(g, 2, work.in(own));
      optimizer.step();
      backend.synchronize();
      assertEquals(work.before, Arrays.equals(expected, read(p, null)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAFrameworkQueuesAfterAStepSeesIt(Work work) {
    assumeTrue(work.after || racesAreLost, NO_ORDER);
    try (FrameworkMemory p = new FrameworkMemory(0, bytes);
        FrameworkMemory g = new FrameworkMemory(0, bytes);
        FrameworkMemory copy = new FrameworkMemory(0, bytes);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 0, length));
        DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, 0, length));
        Optimizer optimizer =
            work.order(Optimizer.builder(backend, NamedRule.PLAIN.rule()), own)
                .parameter("w", params)
                .build()) {
      float[] expected = stepped(backend);
      optimizer.gradient("w", grads);
      params.write(filled(1));
      grads.write(filled(2));
      optimizer.step();
      CUstream stream = work.in(own);
      copy.call(() -> CudaDriver.cuMemcpyDtoDAsync(copy.at(0), p.at(0), bytes, stream));
      fill(g, 99, stream); // the memory of a tensor that is freed is another's at once
      fill(p, 99, stream);
      assertEquals(work.after, Arrays.equals(expected, read(copy, stream)));
      optimizer.zeroGradients();
      assertEquals(work.after, read(g, stream)[0] == 0);
    }
  }

  /**
   * Parameters and gradients that do not begin on 16 bytes; gradients that are somewhere else in
   * each step, and gone after it. Nobody waits but for memory.
   */
  @ParameterizedTest
  @EnumSource
  void aTrainingOverMemoryOfAFramework(Work work) {
    assumeTrue(work.before || racesAreLost, NO_ORDER);
    NamedRule rule = NamedRule.MOMENTUM_CENTERED;
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(5).withMicroBatches(2);
    float[] initial = numbers(1);
    try (CallersContexts callers = new CallersContexts(current());
        FrameworkMemory p = new FrameworkMemory(0, bytes + 64);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 4, length));
        Optimizer whole =
            Optimizer.builder(backend, rule.rule())
                .policy(policy)
                .parameter("w", length)
                .parameter("own", length)
                .build();
        Optimizer optimizer =
            work.order(Optimizer.builder(backend, rule.rule()), own)
                .policy(policy)
                .parameter("w", params)
                .parameter("own", length)
                .build()) {
      whole.parameter("w").write(initial);
      params.write(initial);
      for (int batch = 0; batch < 6; batch++) {
        float[] gradient = numbers(2 + batch);
        for (Optimizer each : List.of(whole, optimizer)) {
          each.gradient("own").write(gradient);
        }
        whole.gradient("w").write(gradient);
        int offset = 4 + 4 * (batch % 3);
        try (FrameworkMemory g = new FrameworkMemory(0, bytes + offset)) {
          keepBusy(g, work.in(own));
          g.call(
              () ->
                  JCudaDriver.cuMemcpyHtoDAsync(
                      g.at(offset), Pointer.to(gradient), bytes, work.in(own)));
          try (DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, offset, length))) {
            optimizer.gradient("w", grads);
            assertEquals(batch % 2 == 1, optimizer.step());
          }
        }
        callers.assertUntouched("a step");
        whole.step();
      }
      for (String name : List.of("w", "own")) {
        assertEquals(work.before, Arrays.equals(read(whole, name), read(optimizer, name)), name);
      }
    }
  }
}
