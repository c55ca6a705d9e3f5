package dev.rootmean;

import java.util.Collection;

/**
 * Launches steps, and knows how far the one under way has come: a backend may throw in its middle,
 * and what was launched cannot be taken back.
 */
final class StepLaunches {
  private final OptimizerBackend backend;
  private final OptimizerMemory memory;
  private final LearningRateSchedule schedule;
  private final SkipWatch watch;
  private final StepPlans plans;
  private final int microBatches;
  private GroupRules rules;
  private long attempts;
  private int microBatch;

  // Of the step under way: what it was begun with, and what of it is done.
  private GroupRules begunBy;
  private StepPlans.Plan plan;
  private boolean gathered;
  private boolean measured;
  private int launched;

  StepLaunches(
      OptimizerBackend backend,
      OptimizerMemory memory,
      GroupRules rules,
      LearningRateSchedule schedule,
      Progress start) {
    this.backend = backend;
    this.memory = memory;
    this.rules = rules.at(start.learningRate());
    this.schedule = schedule;
    this.watch = new SkipWatch(memory.decision(), start.skippedSteps());
    this.plans = new StepPlans(memory);
    this.microBatches = memory.accumulates() ? memory.decision().policy().microBatches() : 1;
    this.attempts = start.attempts();
    this.microBatch = start.gatheredMicroBatches();
  }

  /** How many steps have ended. */
  long attempts() {
    return attempts;
  }

  /** How many steps the policy has skipped. */
  long skipped() {
    return watch.skipped();
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
              + launched
              + " of "
              + plan.runs().size()
              + (plan.runs().size() == 1 ? " launch" : " launches")
              + ": retryStep() or abandonStep()");
    }
  }

  private void requireHalfDone() {
    if (!isHalfDone()) {
      throw new IllegalStateException("no step is half done: expected one that has failed");
    }
  }

  private boolean isHalfDone() {
    return gathered || measured || launched > 0;
  }

  double learningRate() {
    return rules.learningRate();
  }

  void learningRate(double rate) {
    rules = rules.at(rate);
  }

  /** As {@link Optimizer#step()}. */
  boolean step() {
    requireNoneHalfDone();
    if (gatherMicroBatch()) {
      return false;
    }
    begin(plans.all());
    return true;
  }

  /** As {@link Optimizer#step(Collection)}. */
  boolean step(Collection<String> names) {
    requireNoneHalfDone();
    if (microBatches > 1) {
      throw new IllegalStateException(
          "a step by some gradients, and a policy that averages "
              + microBatches
              + " micro-batches: expected a policy that averages none");
    }
    begin(plans.of(names));
    return true;
  }

  /** As {@link Optimizer#retryStep()}. */
  boolean retry() {
    requireHalfDone();
    goOn();
    return true;
  }

  /** As {@link Optimizer#abandonStep()}. */
  void abandon() {
    requireHalfDone();
    end();
  }

  /** Adds a micro-batch up, unless the step is due; whether it did. */
  private boolean gatherMicroBatch() {
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

  private void begin(StepPlans.Plan plan) {
    watch.beforeAttempt(attempts);
    if (schedule != null) {
      rules = rules.at(schedule.learningRate(attempts));
    }
    if (measures()) { // zeros add nothing to the norm
      for (int i = 0; i < plan.absent().size(); i++) {
        plan.absent().get(i).zero();
      }
    }
    this.begunBy = rules;
    this.plan = plan;
    goOn();
  }

  private boolean measures() {
    return memory.decision() != null && memory.decision().policy().measures();
  }

  /**
   * Launches what is left of the step, and ends it. A call that throws counts as not done.
   *
   * @throws ArithmeticException if the policy says so and the gradients are not finite: nothing is
   *     stepped, and this was a step
   */
  private void goOn() {
    if (memory.accumulates() && !gathered) {
      memory.accumulated().add(memory.gradients());
      gathered = true;
    }
    GradientDecision decision = memory.decision();
    if (measures()) {
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
    for (; launched < plan.runs().size(); launched++) {
      launch(plan.runs().get(launched), decision);
    }
    end();
  }

  private void launch(OptimizerMemory.Run run, GradientDecision decision) {
    RmsProp rule = begunBy.rule(run.group());
    if (decision == null) {
      backend.step(rule, run.parameters(), run.gradients(), run.state());
    } else {
      backend.step(rule, run.parameters(), run.gradients(), run.state(), decision);
    }
  }

  /** The step is done, or given up. */
  private void end() {
    attempts++;
    microBatch = 0;
    gathered = false;
    measured = false;
    launched = 0;
  }
}
