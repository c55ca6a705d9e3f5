package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.HostBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.spi.DecisionField;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a backend does, in operations of which each can be tried again. It is in parts, as what a
 * first use of kernels compiles and tries takes longer than all the rest.
 */
final class FaultScenario {
  /** Which operations fail in turn; the others are there for them, and fail in another part. */
  enum Part {
    /** All but those of the other parts. */
    STEPS,
    /** What is measured and decided, and what follows from that. */
    POLICY,
    /** Transfers of the host's memory. */
    HOST,
    /** Steps of several tensors, and the end, when there is most to be given back. */
    TOGETHER
  }

  private static final int LENGTH = 261; // vectors and single elements, in two blocks

  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withValueClip(0.3).withNormClip(2).withLossScale(LossScale.dynamic());

  private static final String MEASURE_FIRST = "measure for the first time";
  private static final String TOGETHER_FIRST = "step together for the first time";

  static final String CLOSE_HOST = "close host";

  /** The first uses of kernels, which are compiled, and take known steps before. */
  static final Set<String> TRIALS = Set.of(MEASURE_FIRST, TOGETHER_FIRST);

  /**
   * Something to do.
   *
   * @param quiet whether it releases, and so never throws
   * @param fails whether its calls are to fail in this part
   */
  record Operation(String name, boolean quiet, boolean fails, Runnable call) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final List<Operation> operations = new ArrayList<>();
  private final List<RmsPropState> states = new ArrayList<>();

  /** What there is to be read and freed. */
  private final List<DeviceBuffer> buffers = new ArrayList<>();

  /** Of the operations that are added now. */
  private boolean fails;

  private OptimizerBackend backend;
  private DeviceBuffer params;
  private DeviceBuffer grads;
  private GradientDecision decision;

  /** Null before it is there, and after. */
  private HostBuffer host;

  FaultScenario(Part part) {
    List<RmsProp> rules = NamedRule.VARIANTS.stream().map(NamedRule::rule).toList();
    fails = part == Part.STEPS;
    add("open", this::open);
    add("allocate params", this::allocateParams);
    add("allocate grads", this::allocateGrads);
    rules.forEach(rule -> add("allocate state", () -> allocateState(rule)));
    add("write params", () -> params.write(ramp(1)));
    add("write grads", () -> grads.write(ramp(-2)));
    fails = true;
    switch (part) {
      case STEPS -> addSteps(rules);
      case POLICY -> addPolicy(rules);
      case HOST -> {
        addHost();
        release(CLOSE_HOST, this::closeHost);
      }
      case TOGETHER -> {
        fails = false;
        addHost();
        fails = true;
        add("step", () -> backend.step(rules.get(0), params, grads, states.get(0)));
        add(TOGETHER_FIRST, () -> stepTogether(rules.get(0)));
        add("step together", () -> stepTogether(rules.get(0)));
      }
    }
    fails = part == Part.STEPS;
    int count = 2 + 8 + (part == Part.POLICY ? 1 : 0); // a state has one to three rows
    for (int i = 0; i < count; i++) {
      release("free", () -> buffers.remove(buffers.size() - 1).close());
    }
    fails = part == Part.TOGETHER;
    release("close", this::close);
  }

  private void addSteps(List<RmsProp> rules) {
    for (int i = 0; i < rules.size(); i++) {
      int form = i;
      add("step", () -> backend.step(rules.get(form), params, grads, states.get(form)));
    }
    add("copy", () -> params.copyFrom(grads));
    add("zero", () -> grads.zero());
    add("read", () -> params.read(new float[LENGTH]));
    add("synchronize", () -> backend.synchronize());
  }

  private void addPolicy(List<RmsProp> rules) {
    add("allocate decision", this::allocateDecision);
    add(MEASURE_FIRST, () -> backend.measure(grads, decision));
    add("measure", () -> backend.measure(grads, decision));
    for (int i = 0; i < rules.size(); i++) {
      int form = i;
      add(
          "controlled step",
          () -> backend.step(rules.get(form), params, grads, states.get(form), decision));
    }
    add("add", () -> grads.add(params));
  }

  private void addHost() {
    add("allocate host", () -> host = backend.allocateHost(FLOAT32, LENGTH));
    add("fill", () -> host.bytes().asFloatBuffer().put(ramp(3)));
    add("write host", () -> params.write(host));
    add("read host", () -> grads.read(host));
    add("bytes", () -> host.bytes());
  }

  private void add(String name, Runnable call) {
    operations.add(new Operation(name, false, fails, call));
  }

  private void release(String name, Runnable call) {
    operations.add(new Operation(name, true, fails, call));
  }

  private void open() {
    backend = new CudaProvider().open("");
  }

  private void allocateParams() {
    params = backend.allocate(FLOAT32, LENGTH);
    buffers.add(params);
  }

  private void allocateGrads() {
    grads = backend.allocate(FLOAT32, LENGTH);
    buffers.add(grads);
  }

  private void allocateState(RmsProp rule) {
    RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, LENGTH);
    states.add(state);
    buffers.add(state.squareAverage());
    state.momentum().ifPresent(buffers::add);
    state.gradientAverage().ifPresent(buffers::add);
  }

  private void allocateDecision() {
    decision = GradientDecision.allocate(backend, POLICY, FLOAT32, LENGTH);
    buffers.add(decision.buffer());
  }

  private void closeHost() {
    host.close();
    host = null;
  }

  private void close() {
    backend.close();
    host = null;
  }

  /** The list of launches is another one each time, so that each sends a table. */
  private void stepTogether(RmsProp rule) {
    MultiTensorStep step = backend.multiTensorStep();
    for (int at = 0; at < LENGTH; at += LENGTH / 3) {
      step.add(slice(params, at), slice(grads, at), states.get(0).slice(at, LENGTH / 3));
    }
    step.step(rule, 0);
  }

  private static DeviceBuffer slice(DeviceBuffer buffer, int from) {
    return buffer.slice(from, LENGTH / 3);
  }

  private static float[] ramp(float from) {
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = from + i / 100f;
    }
    return values;
  }

  List<Operation> operations() {
    return operations;
  }

  OptimizerBackend backend() {
    return backend;
  }

  List<DeviceBuffer> buffers() {
    return buffers;
  }

  Optional<HostBuffer> host() {
    return Optional.ofNullable(host);
  }

  /**
   * The bits of all buffers, the host's too; of the decision what is decided, without the sums on
   * the way to it.
   */
  List<Integer> contents() {
    List<Integer> bits = new ArrayList<>();
    for (DeviceBuffer buffer : buffers) {
      float[] values = new float[(int) buffer.length()];
      buffer.read(values);
      boolean sums = decision != null && buffer == decision.buffer();
      for (float value : sums ? Arrays.copyOf(values, DecisionField.COUNT) : values) {
        bits.add(Float.floatToRawIntBits(value));
      }
    }
    if (host != null) {
      FloatBuffer values = host.bytes().asFloatBuffer();
      while (values.hasRemaining()) {
        bits.add(Float.floatToRawIntBits(values.get()));
      }
    }
    return bits;
  }
}
