package dev.rootmean.contract.machinery;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that an {@link Optimizer} does, in operations of which each can be done again when it has
 * failed: three groups, a tensor that was brought and one that comes late, micro-batches under a
 * policy that measures, steps of some tensors, and steps by hand.
 */
public final class FaultTraining {
  private static final RmsProp RULE =
      RmsProp.builder().learningRate(0.1).weightDecay(0.02).momentum(0.9).build();

  private static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(1)
          .withMicroBatches(2)
          .withLossScale(new LossScale(8, 2, 0.5, 1, 1));

  private static final int BROUGHT = 21;
  private static final int HALF = BROUGHT / 2;

  /** Numbers of rows, more equal ones than are summed at once. */
  private static final int[] MANY = new int[70];

  /**
   * Something to do.
   *
   * @param name says what
   * @param isStep whether it may be left half done
   * @param call does it
   */
  public record Operation(String name, boolean isStep, Runnable call) {}

  private final List<Operation> operations = new ArrayList<>();
  private final OptimizerBackend backend;
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private DeviceBuffer brought;
  private DeviceBuffer broughtGradient;
  private DeviceBuffer others;
  private RmsPropState state;
  private Optimizer optimizer;
  private RowGradients touched;
  private MultiTensorStep together;
  private int stepped;
  private Progress progress;
  private boolean isClosed;

  /**
   * Plans one.
   *
   * @param backend an open one
   */
  public FaultTraining(OptimizerBackend backend) {
    this.backend = backend;
    add("allocate", () -> brought = allocate(BROUGHT));
    add("allocate", () -> broughtGradient = allocate(BROUGHT));
    add("allocate", () -> others = allocate(BROUGHT));
    add("allocate a state", () -> state = RmsPropState.allocate(backend, RULE, FLOAT32, BROUGHT));
    add("build", this::build);
    add("bind", () -> optimizer.gradient("brought", broughtGradient));
    add("write parameters", this::writeParameters);
    for (int batch = 0; batch < 4; batch++) {
      addBatch(batch, () -> optimizer.step());
    }
    add("add a tensor", () -> optimizer.add("late", "bias", 6));
    addBatch(4, () -> optimizer.step());
    addBatch(5, () -> optimizer.step());
    addBatch(6, () -> optimizer.step(Set.of("a", "late")));
    addBatch(7, () -> optimizer.step(Set.of("a", "brought")));
    add("tell how far it is", () -> progress = optimizer.progress());
    add("measure a norm", () -> optimizer.gradientNorm());
    add("zero gradients", () -> optimizer.zeroGradients());
    addStep(() -> optimizer.step());
    add("copy", () -> others.copyFrom(brought));
    add("add", () -> others.add(broughtGradient));
    add("step by hand", () -> backend.step(RULE, others, broughtGradient, state));
    add("take gradients of rows", () -> touched = backend.allocateRows(FLOAT32, BROUGHT / 3, 3));
    add(
        "add gradients of rows",
        () -> touched.add(new int[] {6, 0}, new float[] {1, 2, 3, 4, 5, 6}));
    add("step rows", () -> backend.stepRows(RULE, others, touched, state));
    add("add more of them", () -> touched.add(MANY, new float[3 * MANY.length]));
    add("add some on the device", () -> touched.add(new int[] {2}, broughtGradient.slice(0, 3)));
    add("sum rows", () -> touched.sums());
    add("step summed rows", () -> backend.stepRows(RULE, others, touched, state));
    add("prepare a step of several", this::prepareTogether);
    add("step several by hand", this::stepTogether);
    add("synchronize", () -> backend.synchronize());
    add("close the optimizer", this::closeOptimizer);
    add("close what was brought", this::closeBuffers);
  }

  private void add(String name, Runnable call) {
    operations.add(new Operation(name, false, call));
  }

  private void addStep(Runnable step) {
    operations.add(new Operation("step", true, step));
  }

  private void addBatch(int batch, Runnable step) {
    add("write gradients", () -> writeGradients(batch));
    addStep(step);
  }

  private DeviceBuffer allocate(int length) {
    DeviceBuffer buffer = backend.allocate(FLOAT32, length);
    buffers.add(buffer);
    return buffer;
  }

  private void build() {
    optimizer =
        Optimizer.builder(backend, RULE)
            .policy(POLICY)
            .schedule(step -> 0.1 / (step + 1))
            .parameter("a", 5, 7)
            .group("bias", rule -> rule.weightDecay(0).momentum(0))
            .parameter("b", 13)
            .parameter("scale")
            .group("centered", rule -> rule.centered(true))
            .parameter("brought", brought)
            .parameter("c", 3, 2, 2)
            .build();
  }

  private void writeParameters() {
    for (String name : optimizer.names()) {
      write(optimizer.parameter(name), name.hashCode());
    }
    write(others, 1);
  }

  private void writeGradients(int batch) {
    for (String name : optimizer.names()) {
      write(optimizer.gradient(name), name.hashCode() + batch + 1);
    }
  }

  private static void write(DeviceBuffer buffer, int seed) {
    Elements.write(buffer, NumberKind.ORDINARY.take(FLOAT32, (int) buffer.length(), seed));
  }

  private void prepareTogether() {
    together = backend.multiTensorStep();
    together.add(others.slice(0, HALF), broughtGradient.slice(0, HALF), state.slice(0, HALF));
    together.add(others.slice(HALF, 5), broughtGradient.slice(HALF, 5), state.slice(HALF, 5));
  }

  private void stepTogether() {
    while (stepped < 2) {
      stepped += together.step(RULE, stepped);
    }
  }

  private void closeOptimizer() {
    isClosed = true;
    if (optimizer != null) {
      optimizer.close();
    }
  }

  private void closeBuffers() {
    if (state != null) {
      state.close();
    }
    if (touched != null) {
      touched.close();
    }
    buffers.forEach(DeviceBuffer::close);
  }

  /** Gives back what there is. */
  public void close() {
    closeOptimizer();
    closeBuffers();
  }

  /**
   * What there is to do.
   *
   * @return in this order
   */
  public List<Operation> operations() {
    return operations;
  }

  /**
   * Does once more what has failed.
   *
   * @param operation one of these
   */
  public void again(Operation operation) {
    if (operation.isStep() && isHalfDone()) {
      optimizer.retryStep();
    } else {
      operation.call().run();
    }
  }

  /**
   * Whether the optimizer says that its step is half done.
   *
   * @return whether it refuses another one
   */
  public boolean isHalfDone() {
    try {
      optimizer.progress();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /**
   * How far the optimizer was when it was asked.
   *
   * @return its record
   */
  public Progress progress() {
    return progress;
  }

  /**
   * What is trained.
   *
   * @return parameters and accumulators of each tensor, as far as they are there
   */
  public Map<String, List<Double>> contents() {
    Map<String, List<Double>> contents = new LinkedHashMap<>();
    if (optimizer != null && !isClosed) {
      for (String name : optimizer.names()) {
        contents.put(name, rows(optimizer.parameter(name), optimizer.state(name)));
      }
    }
    if (touched != null) {
      contents.put("gradients of rows", List.of((double) touched.count()));
    }
    if (state != null && !isClosed) {
      int rest = BROUGHT - HALF;
      contents.put("by hand", rows(others.slice(0, HALF), state.slice(0, HALF)));
      contents.put("the other half", rows(others.slice(HALF, rest), state.slice(HALF, rest)));
    }
    return contents;
  }

  private static List<Double> rows(DeviceBuffer parameters, RmsPropState state) {
    List<Double> rows = new ArrayList<>();
    read(parameters, rows);
    read(state.squareAverage(), rows);
    state.momentum().ifPresent(row -> read(row, rows));
    state.gradientAverage().ifPresent(row -> read(row, rows));
    return rows;
  }

  private static void read(DeviceBuffer buffer, List<Double> target) {
    double[] values = new double[(int) buffer.length()];
    Elements.read(buffer, values);
    Arrays.stream(values).forEach(target::add);
  }
}
