package dev.rootmean.contract;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Parts.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * All that can be done to buffers of more than 2³² elements, in memory that a test has: only what
 * lies at both ends, around 2³¹ and around 2³² is looked at, and must come out as in short buffers.
 * All else is zero, which every operation leaves as it is.
 */
public abstract class LongBufferContract {
  /** Elements that are looked at on either side of a boundary. */
  protected static final int HALF = 16_384;

  /** Elements of a long buffer; all others that are allocated are far shorter. */
  protected static final long LENGTH = (1L << 32) + 2 * HALF + 5;

  /** What is looked at. */
  protected static final Parts FAR =
      new Parts(
          List.of(
              new Part(0, 2 * HALF),
              new Part((1L << 31) - HALF, 2 * HALF),
              new Part((1L << 32) - HALF, 3 * HALF + 5)));

  private static final Parts NEAR = new Parts(List.of(new Part(0, FAR.count())));
  private static final RmsProp PLAIN = RmsProp.builder().weightDecay(0.1).build();
  private static final RmsProp MOMENTUM = RmsProp.builder().momentum(0.9).weightDecay(0.1).build();
  private static final RmsProp BOTH =
      RmsProp.builder().momentum(0.9).centered(true).weightDecay(0.1).build();

  /** For subclasses. */
  protected LongBufferContract() {}

  /**
   * The backend that is tested.
   *
   * @return a new one, whose long buffers take little memory
   */
  protected abstract OptimizerBackend open();

  /** Fails if the backend that was opened last has written what is not looked at. */
  protected void assertZeroElsewhere() {}

  /**
   * How many long buffers the device's memory has room for: with less than five, steps are by
   * momentum alone, with less than four there are none, with less than three no test runs.
   *
   * @return their number
   */
  protected int room() {
    return 5;
  }

  private void assumeRoom(int buffers) {
    assumeTrue(
        room() >= buffers,
        () ->
            buffers + " buffers of " + LENGTH + " floats do not fit: there is room for " + room());
  }

  /**
   * Copies a long buffer, or what is looked at.
   *
   * @param source where from
   * @param target where to
   */
  protected void copy(DeviceBuffer source, DeviceBuffer target) {
    target.copyFrom(source);
  }

  /** Copies one buffer to the other, by way of the host. */
  private static List<float[]> throughTheHost(
      OptimizerBackend backend, Parts parts, DeviceBuffer source, DeviceBuffer target) {
    for (Part part : parts.parts()) {
      try (HostBuffer host = backend.allocateHost(FLOAT32, part.count())) {
        source.slice(part.start(), part.count()).read(host);
        target.slice(part.start(), part.count()).write(host);
      }
    }
    return List.of();
  }

  @Test
  void hostMemoryIsTransferred() {
    assertSameFarAway(0, LongBufferContract::throughTheHost);
  }

  /** Does something to two buffers; what else has come of it. */
  private interface Operation {
    List<float[]> on(OptimizerBackend backend, Parts parts, DeviceBuffer a, DeviceBuffer b);
  }

  /** The rule that takes most of the memory that there is. */
  private RmsProp largest() {
    return room() >= 5 ? BOTH : MOMENTUM;
  }

  private void assertSameFarAway(int before, Operation operation) {
    assumeRoom(3);
    List<float[]> near = run(NEAR, 0, operation);
    List<float[]> far = run(FAR, before, operation);
    for (int i = 0; i < near.size(); i++) {
      assertArrayEquals(near.get(i), far.get(i), "row " + i);
    }
    assertZeroElsewhere();
  }

  private List<float[]> run(Parts parts, int before, Operation operation) {
    long length = parts.length();
    try (OptimizerBackend backend = open();
        DeviceBuffer a = backend.allocate(FLOAT32, before + length);
        DeviceBuffer b = backend.allocate(FLOAT32, length)) {
      DeviceBuffer behind = a.slice(before, length);
      parts.write(behind, numbers(1));
      parts.write(b, numbers(2));
      List<float[]> rows = new ArrayList<>(operation.on(backend, parts, behind, b));
      rows.add(parts.read(behind));
      rows.add(parts.read(b));
      return rows;
    }
  }

  /** Whole ones: the sum of their squares is the same in every order. */
  private static float[] numbers(int seed) {
    float[] numbers = new float[FAR.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i * 7 + i / 9 + seed) % 5 - 2;
    }
    return numbers;
  }

  /** Accumulators as in the middle of a training. */
  private static RmsPropState begun(OptimizerBackend backend, RmsProp rule, Parts parts) {
    RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, parts.length());
    float[] squares = numbers(3);
    for (int i = 0; i < squares.length; i++) {
      squares[i] *= squares[i];
    }
    parts.write(state.squareAverage(), squares);
    state.momentum().ifPresent(row -> parts.write(row, numbers(4)));
    return state;
  }

  private static List<float[]> rows(Parts parts, RmsPropState state) {
    List<float[]> rows = new ArrayList<>(List.of(parts.read(state.squareAverage())));
    state.momentum().ifPresent(row -> rows.add(parts.read(row)));
    state.gradientAverage().ifPresent(row -> rows.add(parts.read(row)));
    return rows;
  }

  @Test
  void aStep() {
    step(0);
  }

  /**
   * Steps parameters that begin behind some elements of their buffer.
   *
   * @param before how many
   */
  protected final void step(int before) {
    assumeRoom(4);
    RmsProp rule = largest();
    assertSameFarAway(
        before,
        (backend, parts, params, grads) -> {
          try (RmsPropState state = begun(backend, rule, parts)) {
            backend.step(rule, params, grads, state);
            return rows(parts, state);
          }
        });
  }

  @Test
  void aMeasurementAndThePlainStepByIt() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    assertSameFarAway(
        0,
        (backend, parts, params, grads) -> {
          try (RmsPropState state = begun(backend, PLAIN, parts);
              GradientDecision decision =
                  GradientDecision.allocate(backend, policy, FLOAT32, parts.length())) {
            backend.measure(grads, decision);
            backend.step(PLAIN, params, grads, state, decision);
            List<float[]> rows = rows(parts, state);
            rows.add(new float[] {(float) decision.norm()});
            return rows;
          }
        });
  }

  @Test
  void aPlainStepOfSeveralTensors() {
    assertSameFarAway(
        0,
        (backend, parts, params, grads) -> {
          try (RmsPropState state = begun(backend, PLAIN, parts)) {
            MultiTensorStep step = backend.multiTensorStep();
            long[] cuts = {0, parts.length() - 3 * HALF - 1, parts.length()};
            for (int i = 0; i < 2; i++) {
              long length = cuts[i + 1] - cuts[i];
              step.add(
                  params.slice(cuts[i], length),
                  grads.slice(cuts[i], length),
                  state.slice(cuts[i], length));
            }
            int done = 0;
            while (done < 2) {
              done += step.step(PLAIN, done);
            }
            return rows(parts, state);
          }
        });
  }

  @Test
  void aSumAndACopyAndZeros() {
    assertSameFarAway(
        0,
        (backend, parts, a, b) -> {
          a.add(b);
          try (DeviceBuffer copy = backend.allocate(FLOAT32, parts.length())) {
            copy(a, copy);
            b.zero();
            return List.of(parts.read(copy));
          }
        });
  }

  @Test
  void slicesThatBeginAtUnequalPlaces() {
    assumeRoom(4);
    RmsProp rule = largest();
    float[] near = steppedSlices(rule, 0);
    for (long boundary : new long[] {1L << 31, 1L << 32}) {
      assertArrayEquals(near, steppedSlices(rule, boundary - HALF), "at " + boundary);
      assertZeroElsewhere();
    }
  }

  private float[] steppedSlices(RmsProp rule, long at) {
    int length = HALF + 300;
    long allocated = at == 0 ? 2 * HALF : LENGTH;
    try (OptimizerBackend backend = open();
        DeviceBuffer params = backend.allocate(FLOAT32, allocated);
        DeviceBuffer grads = backend.allocate(FLOAT32, allocated);
        RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, allocated)) {
      DeviceBuffer stepped = params.slice(at + 1, length);
      DeviceBuffer by = grads.slice(at + 77, length);
      stepped.write(Arrays.copyOf(numbers(1), length));
      by.write(Arrays.copyOf(numbers(2), length));
      backend.step(rule, stepped, by, state.slice(at + 900, length));
      backend.step(rule, stepped, by, state.slice(at + 900, length));
      float[] values = new float[length];
      stepped.read(values);
      return values;
    }
  }
}
