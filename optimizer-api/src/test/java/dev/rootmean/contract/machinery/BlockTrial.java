package dev.rootmean.contract.machinery;

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
import dev.rootmean.contract.ReferenceStep;
import java.util.ArrayList;
import java.util.List;

/**
 * As {@link Trial}, of a tensor whose accumulators are in blocks: {@link #check} compares their
 * codes and their bases, also those around what is stepped.
 */
public final class BlockTrial implements AutoCloseable {
  /** More than a vector of any width. */
  private static final int MARGIN = 67;

  /** Its upper word counts too. */
  private static final long FIRST_ATTEMPT = 7L << 32;

  /**
   * Where the rows begin in their buffers.
   *
   * @param params in elements
   * @param grads in elements
   * @param blocks the accumulators, in blocks
   */
  public record Place(int params, int grads, int blocks) {}

  private final OptimizerBackend backend;
  private final Precision precision;
  private final NamedRule name;
  private final int length;
  private final Place at;
  private final long place;
  private final GuardedBuffer params;
  private final GuardedBuffer grads;
  private final RmsPropState allState;
  private final RmsPropState state;
  private final KeptBlocks v;
  private final KeptBlocks b;
  private final KeptBlocks m;
  private final List<KeptBlocks> kept = new ArrayList<>();
  private GradientDecision decision;
  private ReferencePolicy policy;
  private long attempt = FIRST_ATTEMPT;
  private long seed;

  /**
   * Takes the buffers; the parameters are ordinary numbers, the state is the rule's first. What
   * ends within a block has nothing behind it.
   *
   * @param backend steps the tensor
   * @param precision has accumulators in blocks
   * @param name the rule
   * @param length the number of elements
   * @param at where the rows begin
   */
  public BlockTrial(
      OptimizerBackend backend, Precision precision, NamedRule name, int length, Place at) {
    this.backend = backend;
    this.precision = precision;
    this.name = name;
    this.length = length;
    this.at = at;
    this.seed = length;
    RmsProp rule = name.rule();
    int ofParams = at.params + length + MARGIN;
    int ofGrads = at.grads + length + MARGIN;
    params =
        new GuardedBuffer(
            "params", backend.allocate(precision.parameters(), ofParams), at.params, length, 0);
    grads =
        new GuardedBuffer(
            "grads", backend.allocate(precision.gradients(), ofGrads), at.grads, length, 0);
    place = (1L << 32) - length / 2; // the upper word changes in the middle
    int first = at.blocks * ReferenceBlocks.SIZE;
    int behind = length % ReferenceBlocks.SIZE == 0 ? ReferenceBlocks.SIZE + 5 : 0;
    allState =
        RmsPropState.allocate(backend, rule, precision, place - first, first + length + behind);
    state = allState.slice(first, length);
    v = keep("squareAverage", "v", allState.squareAverage(), rule.initialSquareAverage());
    b = allState.momentum().map(row -> keep("momentum", "b", row, 0)).orElse(null);
    m = allState.gradientAverage().map(row -> keep("gradientAverage", "m", row, 0)).orElse(null);
    params.write(NumberKind.ORDINARY.take(precision.parameters(), length, seed));
  }

  private KeptBlocks keep(String role, String row, DeviceBuffer whole, double value) {
    KeptBlocks blocks =
        new KeptBlocks(role, row, whole, at.blocks * ReferenceBlocks.SIZE, length, value);
    kept.add(blocks);
    return blocks;
  }

  /**
   * Overwrites parameters, and accumulators with any codes and bases.
   *
   * @param numbers what parameters are overwritten with
   * @return this
   */
  public BlockTrial scramble(NumberKind numbers) {
    params.write(numbers.take(precision.parameters(), length, ++seed));
    kept.forEach(blocks -> blocks.scramble(++seed));
    return this;
  }

  /**
   * Has a policy look at all gradients from now on.
   *
   * @param policy the policy
   * @return this
   */
  public BlockTrial policy(GradientPolicy policy) {
    this.policy = new ReferencePolicy(precision.gradients().compute(), policy);
    decision = GradientDecision.allocate(backend, policy, precision.gradients(), length);
    return this;
  }

  /**
   * Steps several times, with fresh gradients each time.
   *
   * @param count how many times
   * @param numbers the kind of the gradients
   * @return this
   */
  public BlockTrial steps(int count, NumberKind numbers) {
    for (int i = 0; i < count; i++) {
      step(numbers.take(precision.gradients(), length, ++seed));
    }
    return this;
  }

  /**
   * Steps once.
   *
   * @param gradients one for each element
   * @return this
   */
  public BlockTrial step(double[] gradients) {
    grads.write(gradients);
    attempt(attempt + 1);
    if (policy == null) {
      backend.step(name.rule(), params.part(), grads.part(), state);
      reference(gradients);
      return this;
    }
    backend.measure(grads.part(), decision);
    policy.measure(gradients);
    backend.step(name.rule(), params.part(), grads.part(), state, decision);
    if (!policy.skip) {
      reference(policy.apply(gradients));
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
  public static void stepTogether(List<BlockTrial> trials, NumberKind numbers) {
    BlockTrial first = trials.get(0);
    MultiTensorStep together = first.backend.multiTensorStep();
    for (BlockTrial trial : trials) {
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
              ? together.step(first.name.rule(), done)
              : together.step(first.name.rule(), done, first.decision);
    }
    for (BlockTrial trial : trials) {
      double[] gradients = trial.grads.expected();
      if (first.policy == null) {
        trial.reference(gradients);
      } else if (!first.policy.skip) {
        trial.reference(first.policy.apply(gradients));
      }
    }
  }

  /** What the device's buffers should hold after one more step by these gradients. */
  void reference(double[] gradients) {
    double[] p = params.expected();
    double[] vs = v.values();
    double[] bs = b == null ? null : b.values();
    double[] ms = m == null ? null : m.values();
    new ReferenceStep(precision.parameters().compute(), name.rule()).step(p, gradients, vs, bs, ms);
    long key = ReferenceRounding.key(precision.seed(), attempt);
    boolean isRounded = precision.parameters() != precision.parameters().compute();
    for (int i = 0; isRounded && i < length; i++) {
      int random = ReferenceRounding.bits(key, place + i, "p");
      p[i] = ReferenceRounding.round(precision.parameters(), p[i], random);
    }
    v.store(vs, key, place);
    if (b != null) {
      b.store(bs, key, place);
    }
    if (m != null) {
      m.store(ms, key, place);
    }
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
  public BlockTrial check() {
    String circumstances = name + ", " + length + " elements, " + precision + ", " + at;
    params.check(circumstances);
    grads.check(circumstances);
    kept.forEach(blocks -> blocks.check(circumstances));
    if (policy != null) {
      policy.assertHeldBy(decision, circumstances);
    }
    return this;
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

  RmsProp rule() {
    return name.rule();
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
