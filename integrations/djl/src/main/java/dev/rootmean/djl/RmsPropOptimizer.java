package dev.rootmean.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.util.Pair;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * RMSProp for DJL's trainers on PyTorch, stepped by a Rootmean backend: DJL's own {@link
 * ai.djl.training.optimizer.RmsProp} does not run there.
 *
 * <pre>{@code
 * try (OptimizerBackend backend = Backends.open("cpu");
 *     RmsPropOptimizer optimizer =
 *         RmsPropOptimizer.builder(backend).optLearningRateTracker(Tracker.fixed(0.001f)).build()) {
 *   TrainingConfig config =
 *       new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(optimizer);
 *   // model.newTrainer(config) ...
 * }
 * }</pre>
 *
 * <p>What a step computes is {@link RmsProp}'s formula, to the last bit. DJL's settings stand
 * before it, in the order that DJL documents; its own optimizers clip on PyTorch at the upper end
 * alone.
 *
 * <pre>{@code
 * grad = rescaleGrad * grad                       // if it is not 1, by an operation of DJL's
 * grad = min(max(grad, -clipGrad), clipGrad)      // if clipGrad is above 0
 * g    = grad + weightDecay * p                   // and so on, with the tracker's learning rate
 * }</pre>
 *
 * <p>The tracker is asked as DJL does it: with the number of the update, which starts after {@code
 * beginNumUpdate} and is the largest that any parameter has reached. As DJL's optimizers do on
 * PyTorch, an update sets the weights' own gradient to zero; the one that is given stays as it is.
 *
 * <p>Weights and gradients are dense arrays of {@code float32} or {@code float64} on the CPU. A
 * backend that steps in the host's memory, such as {@code cpu}, works in the arrays' own memory,
 * without a copy. Any other gets weights and gradients in each update, and gives the weights back:
 * whatever else changes weights between two updates is seen by both. Arrays whose elements do not
 * lie one behind another, such as a transposed one, are copied. A learning rate that is no number
 * and whatever else is wrong is refused before anything is changed.
 *
 * <p>Calls take turns. PyTorch's autograd does not notice that the weights have changed, so update
 * after {@code backward}, as a trainer does.
 *
 * @since 0.1.0
 */
public final class RmsPropOptimizer extends Optimizer implements AutoCloseable {
  private final OptimizerBackend backend;
  private final RmsProp rule;
  private final GradientPolicy policy;

  /** Null for the rule's learning rate. */
  private final ParameterTracker learningRateTracker;

  private final int beginNumUpdate;
  private final boolean wraps;
  private final Map<String, SteppedParameter> parameters = new HashMap<>();
  private int lastUpdate;
  private boolean closed;

  RmsPropOptimizer(RmsPropOptimizerBuilder builder) {
    super(builder);
    backend = builder.backend;
    rule = builder.rule.build();
    learningRateTracker = builder.learningRateTracker;
    beginNumUpdate = builder.beginNumUpdate;
    require(Float.isFinite(rescaleGrad), "rescaleGrad", rescaleGrad, "a finite number");
    require(clipGrad > 0 || clipGrad < 0, "clipGrad", clipGrad, "above 0, or below 0 for none");
    policy = clipGrad < 0 ? GradientPolicy.NONE : GradientPolicy.NONE.withValueClip(clipGrad);
    wraps = stepsHostMemory(backend);
  }

  private static void require(boolean holds, String name, float value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + " " + value + ": expected " + expected);
    }
  }

  /** A backend with a memory of its own refuses what is the host's. */
  private static boolean stepsHostMemory(OptimizerBackend backend) {
    ByteBuffer some = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder());
    try (DeviceBuffer wrapped = backend.wrap(ForeignMemory.of(some.asFloatBuffer()))) {
      return wrapped.length() == 1;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Starts from DJL's own settings ({@link Preset#DJL}): learning rate 0.001, decay 0.9, ε 10⁻⁸
   * inside the root, no momentum, not centered.
   *
   * @param backend steps the parameters, and stays the caller's to close, after the optimizer
   * @return a builder
   */
  public static RmsPropOptimizerBuilder builder(OptimizerBackend backend) {
    return builder(backend, Preset.DJL.rule());
  }

  /**
   * Starts from a rule, such as another framework's {@link Preset}.
   *
   * @param backend steps the parameters, and stays the caller's to close, after the optimizer
   * @param rule the settings, its learning rate and weight decay included
   * @return a builder
   */
  public static RmsPropOptimizerBuilder builder(OptimizerBackend backend, RmsProp rule) {
    return new RmsPropOptimizerBuilder(backend, rule);
  }

  /**
   * Steps a parameter, whose accumulators are made when its id is first seen, and sets the gradient
   * that DJL keeps with the weights to zero.
   *
   * @throws IllegalArgumentException with what was given and what was expected; nothing is changed
   * @throws IllegalStateException if the optimizer or the backend is closed
   */
  @Override
  public synchronized void update(String parameterId, NDArray weight, NDArray grad) {
    requireOpen();
    Objects.requireNonNull(parameterId, "parameterId");
    try (NDManager scope = weight.getManager().newSubManager()) {
      HostArray weights = HostArray.of("the weight " + parameterId, weight, scope);
      HostArray gradients = HostArray.of("the gradient of " + parameterId, grad, scope);
      SteppedParameter known = parameters.get(parameterId);
      requireAlike("the gradient of " + parameterId, gradients, weights.type(), weights.shape());
      if (known != null) {
        requireAlike("the weight " + parameterId, weights, known.type(), known.shape());
      }
      int updates = known == null ? beginNumUpdate : known.updates();
      int count = Math.max(lastUpdate, updates + 1);
      double learningRate =
          learningRateTracker == null
              ? rule.learningRate()
              : learningRateTracker.getNewValue(parameterId, count);
      SteppedParameter parameter =
          known != null ? known : parameter(weights.type(), weights.shape(), updates);
      try {
        parameter.step(learningRate, weights, gradients.times(rescaleGrad));
        parameters.put(parameterId, parameter);
      } finally {
        if (!parameters.containsKey(parameterId)) {
          parameter.close();
        }
      }
      lastUpdate = count;
      if (weight.hasGradient()) {
        NDArray gradient = weight.getGradient();
        gradient.attach(scope);
        new HostArray(gradient).zero();
      }
    }
  }

  private SteppedParameter parameter(DataType type, Shape shape, int updates) {
    return new SteppedParameter(backend, wraps, rule, policy, type, shape, updates);
  }

  private static void requireAlike(String what, HostArray array, DataType type, Shape shape) {
    if (array.type() != type || !array.shape().equals(shape)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s is %s %s: expected %s %s",
              what,
              array.type(),
              array.shape(),
              type,
              shape));
    }
  }

  /**
   * What the optimizer keeps: each parameter's accumulators, and how often it was updated. {@link
   * NDList#encode(java.io.OutputStream)} writes it, {@link NDList#decode(NDManager,
   * java.io.InputStream)} reads it.
   *
   * @param block whose parameters were updated: it knows their names, while DJL gives them other
   *     ids in each process
   * @param manager of the new arrays
   * @return an array for each, such as {@code 01Linear_weight.squareAverage}
   * @throws IllegalArgumentException if parameters were updated that are not the block's
   */
  public synchronized NDList getState(Block block, NDManager manager) {
    requireOpen();
    NDList state = new NDList();
    SavedState saved = new SavedState(state);
    Map<String, SteppedParameter> left = new HashMap<>(parameters);
    for (Pair<String, Parameter> named : block.getParameters()) {
      SteppedParameter parameter = left.remove(named.getValue().getId());
      if (parameter != null) {
        saved.add(named.getKey(), parameter, manager);
      }
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the block lacks %d of the %d parameters that were updated: expected the whole model",
              left.size(),
              parameters.size()));
    }
    return state;
  }

  /**
   * Goes on where another optimizer was, to the last bit, in place of all that this one keeps.
   *
   * @param block has parameters of the same names and shapes, already initialized
   * @param state what {@link #getState} gave, by a rule with the same accumulators
   * @throws IllegalArgumentException naming the first array that does not fit; nothing is changed
   */
  public synchronized void setState(Block block, NDList state) {
    requireOpen();
    SavedState saved = new SavedState(state);
    Map<String, SteppedParameter> loaded = new HashMap<>();
    int last = 0;
    try {
      for (Pair<String, Parameter> named : block.getParameters()) {
        String name = named.getKey();
        if (saved.has(name) && !loaded.containsKey(named.getValue().getId())) {
          NDArray weight = named.getValue().getArray();
          DataType type = HostArray.requireUsable("the weight " + name, weight);
          int updates = saved.updates(name);
          SteppedParameter parameter = parameter(type, weight.getShape(), updates);
          loaded.put(named.getValue().getId(), parameter);
          saved.restore(name, parameter);
          last = Math.max(last, updates);
        }
      }
      saved.requireAllTaken();
    } catch (Throwable e) {
      loaded.values().forEach(SteppedParameter::close);
      throw e;
    }
    parameters.values().forEach(SteppedParameter::close);
    parameters.clear();
    parameters.putAll(loaded);
    lastUpdate = last;
  }

  /** Frees the accumulators, not the backend; a second call does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    parameters.values().forEach(SteppedParameter::close);
    parameters.clear();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the optimizer is closed");
    }
  }
}
