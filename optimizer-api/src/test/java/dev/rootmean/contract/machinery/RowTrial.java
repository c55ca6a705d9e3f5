package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A table whose rows are stepped on a backend and by the reference alike. {@link #check} compares
 * all of the table, its accumulators and the guard zones around them, bit for bit.
 */
public final class RowTrial implements AutoCloseable {
  private static final int MARGIN = 67;
  private static final int PARAMS_AT = 3;
  private static final int STATE_AT = 5;
  private static final int CHUNK = 64;

  private final OptimizerBackend backend;
  private final Precision precision;
  private final NamedRule name;
  private final int rows;
  private final int width;
  private final long place;
  private final RmsPropState allState;
  private final RmsPropState state;
  private final RowGradients grads;
  private final List<GuardedBuffer> buffers = new ArrayList<>();
  private final GuardedBuffer params;
  private final GuardedBuffer squareAverage;
  private final GuardedBuffer momentum;
  private final GuardedBuffer gradientAverage;
  private final GuardedBuffer remainder;
  private GradientDecision decision;
  private ReferencePolicy policy;
  private long attempt = 7L << 32;
  private long seed;

  /**
   * Takes the buffers; the parameters are ordinary numbers, the state is the rule's first.
   *
   * @param backend steps the rows
   * @param precision how the table is stored
   * @param name the rule
   * @param rows of the table
   * @param width the elements of a row
   */
  public RowTrial(
      OptimizerBackend backend, Precision precision, NamedRule name, int rows, int width) {
    this.backend = backend;
    this.precision = precision;
    this.name = name;
    this.rows = rows;
    this.width = width;
    int length = rows * width;
    seed = length;
    place = (1L << 32) - length / 2; // the upper word changes in the middle
    params =
        guard(
            "params",
            backend.allocate(precision.parameters(), PARAMS_AT + length + MARGIN),
            PARAMS_AT,
            0);
    allState =
        RmsPropState.allocate(
            backend, name.rule(), precision, place - STATE_AT, STATE_AT + length + MARGIN);
    state = allState.slice(STATE_AT, length);
    squareAverage =
        guard(
            "squareAverage",
            allState.squareAverage(),
            STATE_AT,
            precision.accumulators().round(name.rule().initialSquareAverage()));
    momentum = allState.momentum().map(b -> guard("momentum", b, STATE_AT, 0)).orElse(null);
    gradientAverage =
        allState.gradientAverage().map(m -> guard("gradientAverage", m, STATE_AT, 0)).orElse(null);
    remainder = allState.remainder().map(r -> guard("remainder", r, STATE_AT, 0)).orElse(null);
    grads = backend.allocateRows(precision.gradients(), rows, width);
    params.write(NumberKind.ORDINARY.take(precision.parameters(), length, seed));
  }

  private GuardedBuffer guard(String role, DeviceBuffer whole, int offset, double value) {
    GuardedBuffer buffer = new GuardedBuffer(role, whole, offset, rows * width, value);
    buffers.add(buffer);
    return buffer;
  }

  /**
   * Overwrites the table and its accumulators.
   *
   * @param numbers what with
   * @return this
   */
  public RowTrial scramble(NumberKind numbers) {
    for (GuardedBuffer buffer : buffers) {
      buffer.write(numbers.take(buffer.part().dataType(), rows * width, ++seed));
    }
    return this;
  }

  /**
   * Has a policy look at the sums from now on.
   *
   * @param policy the policy
   * @return this
   */
  public RowTrial policy(GradientPolicy policy) {
    this.policy = new ReferencePolicy(precision.gradients().compute(), policy);
    decision =
        GradientDecision.allocate(backend, policy, precision.gradients(), (long) rows * width);
    return this;
  }

  /**
   * Steps once, by gradients of rows that are drawn, many of them several times.
   *
   * @param count how many numbers of rows come
   * @param numbers the kind of the gradients
   * @return this
   */
  public RowTrial step(int count, NumberKind numbers) {
    RandomGenerator random = new SplittableRandom(++seed);
    int[] drawn = new int[count];
    Arrays.setAll(drawn, i -> (int) (rows * Math.pow(random.nextDouble(), 2)));
    return step(drawn, numbers.take(precision.gradients(), count * width, ++seed));
  }

  /**
   * Steps once.
   *
   * @param numbers of rows
   * @param values their gradients
   * @return this
   */
  public RowTrial step(int[] numbers, double[] values) {
    grads.clear();
    int half = numbers.length / 2;
    add(grads, Arrays.copyOf(numbers, half), Arrays.copyOf(values, half * width));
    add(
        grads,
        Arrays.copyOfRange(numbers, half, numbers.length),
        Arrays.copyOfRange(values, half * width, values.length));
    state.attempt(++attempt);
    Map<Integer, double[]> sums = sums(precision.gradients(), numbers, values, width);
    if (policy == null) {
      backend.stepRows(name.rule(), params.part(), grads, state);
    } else {
      backend.measure(grads.sums(), decision);
      policy.measure(sums.values().stream().flatMapToDouble(Arrays::stream).toArray());
      backend.stepRows(name.rule(), params.part(), grads, state, decision);
    }
    if (policy == null || !policy.skip) {
      sums.forEach((row, sum) -> reference(row, policy == null ? sum : policy.apply(sum)));
    }
    return this;
  }

  /**
   * Adds gradients of the type that they have.
   *
   * @param grads takes them
   * @param numbers of rows
   * @param values their gradients
   */
  static void add(RowGradients grads, int[] numbers, double[] values) {
    if (grads.dataType() == DataType.FLOAT64) {
      grads.add(numbers, values);
    } else {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      grads.add(numbers, floats);
    }
  }

  /** The gradients of each row, summed as the Javadoc of {@link RowGradients} says. */
  static Map<Integer, double[]> sums(DataType type, int[] numbers, double[] values, int width) {
    Map<Integer, List<double[]>> byRow = new TreeMap<>();
    for (int i = 0; i < numbers.length; i++) {
      byRow
          .computeIfAbsent(numbers[i], row -> new ArrayList<>())
          .add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
    }
    Map<Integer, double[]> sums = new TreeMap<>();
    byRow.forEach((row, all) -> sums.put(row, sum(type, all)));
    return sums;
  }

  private static double[] sum(DataType type, List<double[]> all) {
    List<double[]> left = all;
    do {
      List<double[]> sums = new ArrayList<>();
      for (int from = 0; from < left.size(); from += CHUNK) {
        double[] sum = left.get(from).clone();
        for (double[] added : left.subList(from + 1, Math.min(left.size(), from + CHUNK))) {
          for (int c = 0; c < sum.length; c++) {
            sum[c] = type.round(sum[c] + added[c]);
          }
        }
        sums.add(sum);
      }
      left = sums;
    } while (left.size() > 1);
    return left.get(0);
  }

  private void reference(int row, double[] gradients) {
    int from = row * width;
    double[] p = part(params, from);
    double[] v = part(squareAverage, from);
    double[] b = part(momentum, from);
    double[] m = part(gradientAverage, from);
    double[] r = part(remainder, from);
    new ReferencePrecision(precision, name.rule())
        .step(attempt, place + from, p, gradients, v, b, m, r);
    put(p, params, from);
    put(v, squareAverage, from);
    put(b, momentum, from);
    put(m, gradientAverage, from);
    put(r, remainder, from);
  }

  private double[] part(GuardedBuffer buffer, int from) {
    return buffer == null ? null : Arrays.copyOfRange(buffer.expected(), from, from + width);
  }

  private void put(double[] stepped, GuardedBuffer buffer, int from) {
    if (buffer != null) {
      System.arraycopy(stepped, 0, buffer.expected(), from, width);
    }
  }

  /**
   * Compares the device's memory with the reference.
   *
   * @return this
   */
  public RowTrial check() {
    String circumstances = name + ", " + rows + " rows of " + width + ", " + precision;
    for (GuardedBuffer buffer : buffers) {
      buffer.check(circumstances);
    }
    if (policy != null) {
      policy.assertHeldBy(decision, circumstances);
    }
    return this;
  }

  RowGradients grads() {
    return grads;
  }

  GuardedBuffer params() {
    return params;
  }

  RmsPropState state() {
    return state;
  }

  @Override
  public void close() {
    if (decision != null) {
      decision.close();
    }
    grads.close();
    params.close();
    allState.close();
  }
}
