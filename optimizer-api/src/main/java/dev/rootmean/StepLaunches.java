package dev.rootmean;

/**
 * What a step launches, in its order, and how far the one under way has come: a backend may throw
 * in its middle, and what was launched cannot be taken back.
 */
final class StepLaunches {
  private final OptimizerBackend backend;
  private final OptimizerMemory memory;
  private final int microBatches;
  private long attempts;
  private int microBatch;

  // Of the step under way: the rules that it was begun with, and what of it is done.
  private GroupRules rules;
  private boolean gathered;
  private boolean measured;
  private int group;

  StepLaunches(OptimizerBackend backend, OptimizerMemory memory, Progress start) {
    this.backend = backend;
    this.memory = memory;
    this.microBatches = memory.accumulates() ? memory.decision().policy().microBatches() : 1;
    this.attempts = start.attempts();
    this.microBatch = start.gatheredMicroBatches();
  }

  /** How many steps have ended. */
  long attempts() {
    return attempts;
  }

  /** How many micro-batches are added up for the next step. */
  int gatheredMicroBatches() {
    return microBatch;
  }

  void requireNoneHalfDone() {
    if (isHalfDone()) {
      throw new IllegalStateException(
          "step "
              + (attempts + 1)
              + " is half done, "
              + group
              + " of "
              + rules.count()
              + (rules.count() == 1 ? " group" : " groups")
              + ": retryStep() or abandonStep()");
    }
  }

  void requireHalfDone() {
    if (!isHalfDone()) {
      throw new IllegalStateException("no step is half done: expected one that has failed");
    }
  }

  private boolean isHalfDone() {
    return gathered || measured || group > 0;
  }

  /** Adds a micro-batch up, unless the step is due; whether it did. */
  boolean gatherMicroBatch() {
    if (microBatch + 1 == microBatches) {
      return false;
    }
    if (microBatch == 0) {
      memory.accumulated().copyFrom(memory.gradients());
    } else {
      memory.accumulated().add(memory.gradients());
    }
    microBatch++;
    return true;
  }

  /** Launches a step by these rules, as {@link #goOn} does. */
  void run(GroupRules rules) {
    this.rules = rules;
    goOn();
  }

  /**
   * Launches what is left of the step, and ends it. A call that throws counts as not done.
   *
   * @throws ArithmeticException if the policy says so and the gradients are not finite: nothing is
   *     stepped, and this was a step
   */
  void goOn() {
    if (memory.accumulates() && !gathered) {
      memory.accumulated().add(memory.gradients());
      gathered = true;
    }
    GradientDecision decision = memory.decision();
    if (decision != null && decision.policy().measures()) {
      if (!measured) {
        backend.measure(memory.accumulated(), decision);
        measured = true;
      }
      if (decision.policy().nonFinite() == GradientPolicy.NonFinite.THROW
          && decision.isSkipping()) {
        end();
        throw new ArithmeticException(
            "the gradients of step " + attempts + " are not finite: nothing was changed");
      }
    }
    for (; group < rules.count(); group++) {
      step(rules.rule(group), memory.group(group), decision);
    }
    end();
  }

  private void step(RmsProp rule, OptimizerMemory.Group group, GradientDecision decision) {
    if (decision == null) {
      backend.step(rule, group.parameters(), group.gradients(), group.state());
    } else {
      backend.step(rule, group.parameters(), group.gradients(), group.state(), decision);
    }
  }

  /** The step is done, or given up. */
  void end() {
    attempts++;
    microBatch = 0;
    gathered = false;
    measured = false;
    group = 0;
  }
}
