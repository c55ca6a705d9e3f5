package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that is stepped on a backend and by the reference alike, each time as another attempt.
 * {@link #check} compares the parameters with their remainder, the accumulators, the gradients, all
 * guard zones and what the policy has decided, bit for bit.
 */
public final class Trial implements AutoCloseable {
  /** Where in their buffers the parameters, the gradients and the accumulators begin. */
  public record Layout(int params, int grads, int state, int margin) {
    private static final int MARGIN = 67; // more than a vector of any width

    /** Buffers without guard zones. */
    static final Layout WHOLE = new Layout(0, 0, 0, 0);

    /** Slices that begin where their buffers do. */
    static final Layout GUARDED = at(0, 0, 0);

    /**
     * Slices with guard zones behind them.
     *
     * @param params where the parameters begin, in elements
     * @param grads where the gradients begin
     * @param state where the accumulators begin
     * @return the layout
     */
    public static Layout at(int params, int grads, int state) {
      return new Layout(params, grads, state, MARGIN);
    }

    int around(int length) {
      return length + margin;
    }
  }

  /** Its upper word counts too. */
  private static final long FIRST_ATTEMPT = 7L << 32;

  private final OptimizerBackend backend;
  private final Precision precision;
  private final NamedRule name;
  private final int length;
  private final Layout layout;
  private final long place;
  private final RmsPropState allState;
  private final RmsPropState state;
  private final List<GuardedBuffer> buffers = new ArrayList<>();
  private final GuardedBuffer params;
  private final GuardedBuffer grads;
  private final GuardedBuffer squareAverage;
  private final GuardedBuffer momentum;
  private final GuardedBuffer gradientAverage;
  private final GuardedBuffer remainder;
  private long attempt = FIRST_ATTEMPT;
  private GradientDecision decision;
  private ReferencePolicy policy;
  private long seed;

  /**
   * Takes the buffers; the parameters are ordinary numbers, the state is the rule's first.
   *
   * @param backend steps the tensor
   * @param precision how its rows are stored
   * @param name the rule
   * @param length the number of elements
   * @param layout where the rows lie in their buffers
   */
  public Trial(
      OptimizerBackend backend, Precision precision, NamedRule name, int length, Layout layout) {
    this.backend = backend;
    this.precision = precision;
    this.name = name;
    this.length = length;
    this.layout = layout;
    this.seed = length;
    RmsProp rule = name.rule();
    params = allocate("params", precision.parameters(), layout.params);
    grads = allocate("grads", precision.gradients(), layout.grads);
    place = (1L << 32) - length / 2; // the upper word changes in the middle
    allState =
        RmsPropState.allocate(
            backend, rule, precision, place - layout.state, layout.state + layout.around(length));
    state = layout.equals(Layout.WHOLE) ? allState : allState.slice(layout.state, length);
    squareAverage =
        guard(
            "squareAverage",
            allState.squareAverage(),
            layout.state,
            precision.accumulators().round(rule.initialSquareAverage()));
    momentum = allState.momentum().map(b -> guard("momentum", b, layout.state, 0)).orElse(null);
    gradientAverage =
        allState
            .gradientAverage()
            .map(m -> guard("gradientAverage", m, layout.state, 0))
            .orElse(null);
    remainder = allState.remainder().map(r -> guard("remainder", r, layout.state, 0)).orElse(null);
    params.write(NumberKind.ORDINARY.take(precision.parameters(), length, seed));
  }

  /** The same, with all rows of one type. */
  Trial(OptimizerBackend backend, DataType type, NamedRule name, int length, Layout layout) {
    this(backend, Precision.of(type), name, length, layout);
  }

  private GuardedBuffer allocate(String role, DataType ofRole, int offset) {
    return guard(role, backend.allocate(ofRole, offset + layout.around(length)), offset, 0);
  }

  private GuardedBuffer guard(String role, DeviceBuffer whole, int offset, double value) {
    GuardedBuffer buffer = new GuardedBuffer(role, whole, offset, length, value);
    buffers.add(buffer);
    return buffer;
  }

  /**
   * Overwrites parameters with their remainder, gradients and accumulators.
   *
   * @param numbers what with
   * @return this
   */
  public Trial scramble(NumberKind numbers) {
    for (GuardedBuffer buffer : buffers) {
      buffer.write(numbers.take(buffer.part().dataType(), length, ++seed));
    }
    return this;
  }

  /**
   * Steps several times by this trial's rule, with fresh gradients each time.
   *
   * @param count how many times
   * @param numbers the kind of the gradients
   * @return this
   */
  public Trial steps(int count, NumberKind numbers) {
    for (int i = 0; i < count; i++) {
      step(name.rule(), numbers.take(precision.gradients(), length, ++seed));
    }
    return this;
  }

  /**
   * Has a policy look at all gradients from now on.
   *
   * @param policy the policy
   * @return this
   */
  public Trial policy(GradientPolicy policy) {
    this.policy = new ReferencePolicy(precision.gradients().compute(), policy);
    decision = GradientDecision.allocate(backend, policy, precision.gradients(), length);
    return this;
  }

  /**
   * Steps once.
   *
   * @param rule has the same accumulators as this trial's
   * @param gradients one for each element
   * @return this
   */
  public Trial step(RmsProp rule, double[] gradients) {
    grads.write(gradients);
    attempt(attempt + 1);
    if (policy == null) {
      backend.step(rule, params.part(), grads.part(), state);
      reference(rule, grads.expected());
      return this;
    }
    if (decision.policy().measures()) {
      backend.measure(grads.part(), decision);
      policy.measure(grads.expected());
    }
    backend.step(rule, params.part(), grads.part(), state, decision);
    if (!policy.skip) {
      reference(rule, policy.apply(grads.expected()));
    }
    return this;
  }

  /**
   * Steps trials of one rule together, with fresh gradients. The first one's are measured, if it
   * has a policy, and that decides for all.
   *
   * @param trials at least one
   * @param numbers the kind of the gradients
   */
  public static void stepTogether(List<Trial> trials, NumberKind numbers) {
    Trial first = trials.get(0);
    MultiTensorStep together = first.backend.multiTensorStep();
    for (Trial trial : trials) {
      trial.grads.write(numbers.take(trial.precision.gradients(), trial.length, ++trial.seed));
      together.add(trial.params.part(), trial.grads.part(), trial.state);
    }
    long next = first.attempt + 1;
    trials.forEach(trial -> trial.attempt(next));
    if (first.policy != null) {
      first.backend.measure(first.grads.part(), first.decision);
      first.policy.measure(first.grads.expected());
    }
    for (int done = 0; done < trials.size(); ) {
      done +=
          first.policy == null
              ? together.step(first.rule(), done)
              : together.step(first.rule(), done, first.decision);
    }
    for (Trial trial : trials) {
      double[] gradients = trial.grads.expected();
      if (first.policy == null) {
        trial.reference(first.rule(), gradients);
      } else if (!first.policy.skip) {
        trial.reference(first.rule(), first.policy.apply(gradients));
      }
    }
  }

  /** What the device's buffers should hold after one more step by these gradients. */
  void reference(RmsProp rule, double[] gradients) {
    new ReferencePrecision(precision, rule)
        .step(
            attempt,
            place,
            params.expected(),
            gradients,
            squareAverage.expected(),
            momentum == null ? null : momentum.expected(),
            gradientAverage == null ? null : gradientAverage.expected(),
            remainder == null ? null : remainder.expected());
  }

  private void attempt(long number) {
    attempt = number;
    state.attempt(number);
  }

  /**
   * Compares the device's memory with the reference.
   *
   * @return this
   */
  public Trial check() {
    for (GuardedBuffer buffer : buffers) {
      buffer.check(circumstances());
    }
    if (policy != null) {
      policy.assertHeldBy(decision, circumstances());
    }
    return this;
  }

  private String circumstances() {
    return name + ", " + length + " elements, " + precision + ", " + layout;
  }

  RmsProp rule() {
    return name.rule();
  }

  GuardedBuffer params() {
    return params;
  }

  GuardedBuffer grads() {
    return grads;
  }

  RmsPropState state() {
    return state;
  }

  GradientDecision decision() {
    return decision;
  }

  @Override
  public void close() {
    if (decision != null) {
      decision.close();
    }
    params.close();
    grads.close();
    allState.close();
  }
}
