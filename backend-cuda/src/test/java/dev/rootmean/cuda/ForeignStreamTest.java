package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignQueue;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.CudaEmulator.Option;
import java.util.Arrays;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The order of steps and of a framework's work, where neither waits for the other on the host. On
 * the emulated driver nothing of a stream is done before somebody waits for it.
 */
@ExtendWith(EmulatedCuda.class)
class ForeignStreamTest {
  private static final int LENGTH = 70;
  private static final int BYTES = 4 * LENGTH;

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

  @BeforeEach
  void twoDevices() {
    CudaEmulator.set(Option.DEVICES, 2);
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("0");
  }

  private static void fill(FrameworkMemory memory, float value, CUstream stream) {
    memory.call(
        () ->
            JCudaDriver.cuMemsetD32Async(
                memory.at(0), Float.floatToRawIntBits(value), LENGTH, stream));
  }

  /** Waits for the stream alone. */
  private static float[] read(FrameworkMemory memory, CUstream stream) {
    float[] values = new float[LENGTH];
    memory.call(
        () -> JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(values), memory.at(0), BYTES, stream));
    return values;
  }

  private static float[] filled(float value) {
    float[] values = new float[LENGTH];
    Arrays.fill(values, value);
    return values;
  }

  /** What one step makes of parameters of 1 and gradients of 2. */
  private static float[] stepped(OptimizerBackend backend) {
    try (Optimizer optimizer =
        Optimizer.builder(backend, NamedRule.PLAIN.rule()).parameter("w", LENGTH).build()) {
      optimizer.parameter("w").write(filled(1));
      optimizer.gradient("w").write(filled(2));
      optimizer.step();
      return read(optimizer, "w");
    }
  }

  private static float[] read(Optimizer optimizer, String name) {
    float[] values = new float[LENGTH];
    optimizer.parameter(name).read(values);
    return values;
  }

  private static float[] numbers(int seed) {
    double[] numbers = NumberKind.ORDINARY.take(FLOAT32, LENGTH, seed);
    float[] floats = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  @ParameterizedTest
  @EnumSource
  void aStepReadsGradientsThatAFrameworkHasQueued(Work work) {
    try (FrameworkMemory p = new FrameworkMemory(0, BYTES);
        FrameworkMemory g = new FrameworkMemory(0, BYTES);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 0, LENGTH));
        DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, 0, LENGTH));
        Optimizer optimizer =
            work.order(Optimizer.builder(backend, NamedRule.PLAIN.rule()), own)
                .parameter("w", params)
                .build()) {
      float[] expected = stepped(backend);
      optimizer.gradient("w", grads);
      params.write(filled(1));
      fill(g, 2, work.in(own));
      optimizer.step();
      backend.synchronize();
      assertEquals(work.before, Arrays.equals(expected, read(p, null)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAFrameworkQueuesAfterAStepSeesIt(Work work) {
    try (FrameworkMemory p = new FrameworkMemory(0, BYTES);
        FrameworkMemory g = new FrameworkMemory(0, BYTES);
        FrameworkMemory copy = new FrameworkMemory(0, BYTES);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 0, LENGTH));
        DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, 0, LENGTH));
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
      copy.call(() -> CudaDriver.cuMemcpyDtoDAsync(copy.at(0), p.at(0), BYTES, stream));
      fill(g, 99, stream); // the memory of a tensor that is freed is another's at once
      fill(p, 99, stream);
      assertEquals(work.after, Arrays.equals(expected, read(copy, stream)));
      optimizer.zeroGradients();
      assertEquals(work.after, read(g, stream)[0] == 0);
    }
  }

  /**
   * Parameters and gradients that do not begin on 16 bytes; gradients that are somewhere else in
   * each step, and gone after it; another device's context current. Nobody waits but for memory.
   */
  @ParameterizedTest
  @EnumSource
  void aTrainingOverMemoryOfAFramework(Work work) {
    NamedRule rule = NamedRule.MOMENTUM_CENTERED;
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(5).withMicroBatches(2);
    float[] initial = numbers(1);
    try (CallersContexts callers = new CallersContexts(0, 1);
        FrameworkMemory p = new FrameworkMemory(0, BYTES + 64);
        FrameworkStream own = new FrameworkStream(p);
        OptimizerBackend backend = open();
        DeviceBuffer params = backend.wrap(p.describe(FLOAT32, 4, LENGTH));
        Optimizer whole =
            Optimizer.builder(backend, rule.rule())
                .policy(policy)
                .parameter("w", LENGTH)
                .parameter("own", LENGTH)
                .build();
        Optimizer optimizer =
            work.order(Optimizer.builder(backend, rule.rule()), own)
                .policy(policy)
                .parameter("w", params)
                .parameter("own", LENGTH)
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
        try (FrameworkMemory g = new FrameworkMemory(0, BYTES + offset)) {
          g.call(
              () ->
                  JCudaDriver.cuMemcpyHtoDAsync(
                      g.at(offset), Pointer.to(gradient), BYTES, work.in(own)));
          try (DeviceBuffer grads = backend.wrap(g.describe(FLOAT32, offset, LENGTH))) {
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
