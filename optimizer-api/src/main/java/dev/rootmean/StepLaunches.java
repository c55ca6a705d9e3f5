package dev.rootmean;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Launches steps, and knows how far the one under way has come: a backend may throw in its middle,
 * and what was launched cannot be taken back.
 */
@SuppressWarnings("try") // a turn is taken for what that does to the queues
final class StepLaunches {
  private final OptimizerBackend backend;
  private final OptimizerMemory memory;
  private final OptimizerGradients gradients;
  private final TableGradients tables;
  private final LearningRateSchedule schedule;
  private final QueueTurn turn;
  private final StepPlans plans;
  private final int microBatches;
  private SkipWatch watch;
  private GroupRules rules;
  private long attempts;
  private int microBatch;

  /** The tensors that had a gradient in the micro-batches that are added up. */
  private final BitSet gatheredTensors = new BitSet();

  /** What is measured. */
  private final List<DeviceBuffer> parts = new ArrayList<>();

  /** Of the step at hand, those and the ones of its last micro-batch. */
  private final BitSet present = new BitSet();

  // Of the step, or of the micro-batch, under way: what it was begun with, and what of it is done.
  private GroupRules begunBy;
  private StepPlans.Plan batch;
  private StepPlans.Plan step;
  private int gathered;
  private boolean measured;
  private int launched;

  StepLaunches(
      OptimizerBackend backend,
      OptimizerMemory memory,
      GroupRules rules,
      LearningRateSchedule schedule,
      QueueTurn turn) {
    this.backend = backend;
    this.memory = memory;
    this.gradients = memory.gradients();
    this.tables = memory.tables();
    this.rules = rules;
    this.schedule = schedule;
    this.turn = turn;
    this.watch = new SkipWatch(gradients.decision(), 0);
    this.plans = new StepPlans(backend, memory);
    this.microBatches = gradients.accumulates() ? gradients.decision().policy().microBatches() : 1;
  }

  /** As {@link Optimizer#resume}. */
  void resume(Progress progress) {
    memory.requireOpen();
    BitSet tensors = new BitSet();
    for (String name : progress.gatheredTensors()) {
      tensors.set(memory.layout().tensor(name).index());
    }
    if (progress.gatheredMicroBatches() >= microBatches) {
      throw new IllegalArgumentException(
          "gatheredMicroBatches "
              + progress.gatheredMicroBatches()
              + ": expected fewer than the policy's "
              + microBatches);
    }
    GroupRules resumed = rules.at(progress.learningRate());
    gradients.resume(progress);
    end();
    rules = resumed;
    watch = new SkipWatch(gradients.decision(), progress.skippedSteps());
    attempts = progress.attempts();
    microBatch = progress.gatheredMicroBatches();
    gatheredTensors.or(tensors);
  }

  /** How many steps have ended. */
  long attempts() {
    return attempts;
  }

  /** How many steps the policy has skipped. */
  long skipped() {
    return watch.skipped(attempts);
  }

  /** How many micro-batches are added up for the next step. */
  int gatheredMicroBatches() {
    return microBatch;
  }

  /** The tensors that had a gradient in them. */
  Set<String> gatheredTensors() {
    return gatheredTensors.stream()
        .mapToObj(index -> memory.layout().tensors().get(index).name())
        .collect(Collectors.toUnmodifiableSet());
  }

  void requireNoneHalfDone() {
    if (isHalfDone()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "step %d is half done, %d of %d launch%s: retryStep() or abandonStep()",
              attempts + 1,
              launched,
              step.launches(),
              step.launches() == 1 ? "" : "es"));
    }
  }

  private void requireHalfDone() {
    if (!isHalfDone()) {
      throw new IllegalStateException("no step is half done: expected one that has failed");
    }
  }

  private boolean isHalfDone() {
    return gathered > 0 || measured || launched > 0;
  }

  double learningRate() {
    return rules.learningRate();
  }

  void learningRate(double rate) {
    rules = rules.at(rate);
  }

  /** As {@link Optimizer#add}. */
  void add(String name, String group, long[] shape, DeviceBuffer brought) {
    memory.requireOpen();
    requireNoneHalfDone();
    Layout extended = new Layout(memory.layout());
    extended.beginSection(extended.group(group));
    extended.add(name, shape, brought);
    memory.extend(extended);
    plans.clear();
  }

  /** As {@link Optimizer#gradient(String, DeviceBuffer)}. */
  void bind(String name, DeviceBuffer gradient) {
    memory.requireOpen();
    requireNoneHalfDone();
    if (memory.bind(memory.layout().tensor(name), gradient)) {
      plans.clear();
    }
  }

  /**
   * The rows of a table's gradient that the next step takes.
   *
   * @throws IllegalArgumentException if the tensor is no table
   * @throws IllegalStateException if the last step is half done
   */
  RowGradients table(String name) {
    memory.requireOpen();
    requireNoneHalfDone();
    return tables.of(memory.layout().tensor(name));
  }

  /** Does something with memory that may be another library's. */
  void inTurn(Runnable work) {
    try (QueueTurn now = turn.begin()) {
      work.run();
    }
  }

  /** As {@link Optimizer#step()}. */
  boolean step() {
    requireNoneHalfDone();
    return begin(plans.all());
  }

  /** As {@link Optimizer#step(Collection)}. */
  boolean step(Collection<String> names) {
    requireNoneHalfDone();
    return begin(plans.of(names));
  }

  /** As {@link Optimizer#retryStep()}. */
  boolean retry() {
    requireHalfDone();
    try (QueueTurn now = turn.begin()) {
      return goOn();
    }
  }

  /** As {@link Optimizer#abandonStep()}. */
  void abandon() {
    requireHalfDone();
    end();
  }

  /** As {@link Optimizer#zeroGradients}. */
  void zeroGradients() {
    if (tables.areGiven()) { // what is left of a step is to find its rows
      requireNoneHalfDone();
    }
    inTurn(memory::zeroGradients);
  }

  private boolean begin(StepPlans.Plan plan) {
    tables.requireIn(plan.present(), memory.layout());
    for (int i = 0; i < plan.outside().size(); i++) {
      memory.requireReady(plan.outside().get(i));
    }
    try (QueueTurn now = turn.begin()) {
      prepare(plan);
      return goOn();
    }
  }

  private void prepare(StepPlans.Plan plan) {
    StepPlans.Plan whole = microBatch == 0 ? plan : plans.of(union(plan));
    bind(whole);
    if (isLast()) {
      memory.attempt(attempts);
      watch.beforeAttempt(attempts);
      if (schedule != null) {
        rules = rules.at(schedule.learningRate(attempts));
      }
    }
    if (microBatch == 0) { // zeros add nothing to a sum, nor to a norm
      for (int i = 0; i < plan.absent().size(); i++) {
        plan.absent().get(i).zero();
      }
    }
    begunBy = rules;
    batch = plan;
    step = whole;
  }

  /** Has gradients that are not gathered be read where they are now. */
  private void bind(StepPlans.Plan plan) {
    for (int i = 0; i < plan.groups().size(); i++) {
      StepPlans.Group group = plan.groups().get(i);
      for (int j = 0; j < group.bound().size(); j++) {
        StepPlans.Bound bound = group.bound().get(j);
        group.step().gradient(bound.launch(), gradients.bound(bound.tensor()));
      }
    }
  }

  private BitSet union(StepPlans.Plan plan) {
    present.clear();
    present.or(gatheredTensors);
    present.or(plan.present());
    return present;
  }

  /** Whether a step is due with the micro-batch at hand. */
  private boolean isLast() {
    return microBatch + 1 == microBatches;
  }

  /**
   * Does what is left of the step or micro-batch, and ends it. A call that throws counts as not
   * done.
   *
   * @return whether it was a step
   * @throws ArithmeticException if the policy says so and the gradients are not finite: nothing is
   *     stepped, and this was a step
   */
  private boolean goOn() {
    for (; gathered < batch.gathers().size(); gathered++) {
      gather(batch.gathers().get(gathered));
    }
    if (!isLast()) {
      gatheredTensors.or(batch.present());
      tables.gather();
      microBatch++;
      gathered = 0;
      return false;
    }
    GradientDecision decision = gradients.decision();
    if (gradients.measures() && listParts()) {
      if (!measured) {
        backend.measure(parts, decision);
        measured = true;
      }
      if (decision.policy().nonFinite() == GradientPolicy.NonFinite.THROW
          && decision.isSkipping()) {
        end();
        watch.record(attempts);
        throw new ArithmeticException(
            "the gradients of step " + attempts + " are not finite: nothing was changed");
      }
    }
    int end = 0;
    for (int i = 0; i < step.groups().size(); i++) {
      int first = end;
      StepPlans.Group group = step.groups().get(i);
      for (end += group.launches(); launched < end; ) {
        launched += launch(group, launched - first, decision);
      }
    }
    for (int i = launched - end; i < step.tables().size(); i++, launched++) {
      launch(step.tables().get(i), decision);
    }
    end();
    return true;
  }

  /** Lists what is to be measured; whether there is anything. */
  private boolean listParts() {
    parts.clear();
    if (memory.row() != null) {
      parts.add(memory.row());
    }
    for (int i = 0; i < step.tables().size(); i++) {
      RowGradients rows = step.tables().get(i).gradients();
      if (rows.count() > 0) {
        parts.add(rows.sums());
      }
    }
    return !parts.isEmpty();
  }

  private void gather(StepPlans.Gather gather) {
    DeviceBuffer source =
        gather.source() == null ? gradients.bound(gather.tensor()) : gather.source();
    if (microBatch > 0) {
      gather.target().add(source);
    } else if (source.dataType() == gather.target().dataType()) {
      gather.target().copyFrom(source);
    } else {
      gather.target().zero();
      gather.target().add(source);
    }
  }

  /** Steps some of a group's tensors, from one on; how many. */
  private int launch(StepPlans.Group group, int first, GradientDecision decision) {
    RmsProp rule = begunBy.rule(group.index());
    return decision == null
        ? group.step().step(rule, first)
        : group.step().step(rule, first, decision);
  }

  private void launch(StepPlans.Table table, GradientDecision decision) {
    RmsProp rule = begunBy.rule(memory.layout().groupOf(table.tensor()));
    if (decision == null) {
      backend.stepRows(rule, table.parameters(), table.gradients(), table.state());
    } else {
      backend.stepRows(rule, table.parameters(), table.gradients(), table.state(), decision);
    }
  }

  /** The step is done, or given up. */
  private void end() {
    attempts++;
    microBatch = 0;
    gatheredTensors.clear();
    gathered = 0;
    measured = false;
    launched = 0;
    tables.clear();
  }
}
