package dev.rootmean.pytorch;

import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Steps the parameters of libtorch modules by Rootmean's RMSProp, where {@code
 * torch::optim::RMSprop} would.
 *
 * <pre>{@code
 * try (OptimizerBackend backend = Backends.open("cpu");
 *     TorchRmsProp optimizer =
 *         TorchRmsProp.builder(backend, Preset.PYTORCH.rule()).parameters(net).build()) {
 *   for (Example batch : batches) {
 *     optimizer.zeroGrad();
 *     loss(net, batch).backward();
 *     optimizer.step();
 *   }
 * }
 * }</pre>
 *
 * <p>The backend {@code cpu} steps tensors in the host's memory where they are, and {@code cuda}
 * those of its GPU; only accumulators are Rootmean's, and what a policy gathers. Where tensors in
 * the host's memory are stepped by another backend, gradients are copied there before a step, and
 * parameters back after it; parameters go there when torch has changed them, which it counts for
 * all but changes through {@code data()}.
 *
 * <p>Autograd does not notice a step: take it after {@code backward()}, as loops do. CUDA tensors
 * are stepped in turn with what torch queues in its current stream. Any thread may use this, one at
 * a time.
 *
 * @since 0.1.0
 */
public final class TorchRmsProp implements AutoCloseable {
  private final Optimizer optimizer;
  private final List<TorchParameter> parameters;

  /** Null if no tensor is on CUDA: its class wants a jar that is needed there alone. */
  private final CurrentStream stream;

  private final List<String> names = new ArrayList<>();
  private boolean failed; // the last step, which may be half done
  private boolean closed;

  TorchRmsProp(Optimizer optimizer, List<TorchParameter> parameters, CurrentStream stream) {
    this.optimizer = optimizer;
    this.parameters = List.copyOf(parameters);
    this.stream = stream;
  }

  /**
   * Begins an optimizer.
   *
   * @param backend what it runs on; outlives the optimizer
   * @param rule what parameters are stepped by, unless their group says otherwise
   * @return a builder
   */
  public static TorchRmsPropBuilder builder(OptimizerBackend backend, RmsProp rule) {
    return new TorchRmsPropBuilder(backend, rule);
  }

  /**
   * Steps the parameters that have a gradient. The others keep parameters and accumulators to the
   * last bit, as in PyTorch those do whose {@code grad} is undefined: frozen ones, and those that
   * took no part in the loss. The gradients are left as they are.
   *
   * @return whether this was a step, and not a micro-batch on the way to one
   * @throws IllegalArgumentException naming the parameter, if its gradient is sparse, or not of its
   *     type, size and device; nothing was stepped
   * @throws IllegalStateException if a parameter's device, type or size is not what it was when
   *     this was built, or its memory where it is stepped in place; if the last step is half done,
   *     or this is closed
   * @throws ArithmeticException as {@link Optimizer#step()}
   */
  public boolean step() {
    requireOpen();
    if (failed) {
      optimizer.progress(); // refuses if it is, before copies on the device are changed
    }
    failed = true;
    names.clear();
    try {
      for (TorchParameter parameter : parameters) {
        if (parameter.takeGradient(optimizer)) {
          names.add(parameter.name());
        }
      }
      boolean stepped = optimizer.step(names);
      failed = false;
      if (stepped) {
        parameters.forEach(parameter -> parameter.giveBack(optimizer));
      }
      return stepped;
    } finally {
      parameters.forEach(TorchParameter::releaseGradient);
    }
  }

  /**
   * Gives up a step that has failed between two groups: what has taken it keeps it, the rest never
   * will.
   *
   * @throws IllegalStateException if none is half done
   */
  public void abandonStep() {
    optimizer.abandonStep();
    failed = false;
    parameters.forEach(parameter -> parameter.giveBack(optimizer));
  }

  /** As {@link #zeroGrad(boolean) zeroGrad(true)}, PyTorch's default. */
  public void zeroGrad() {
    zeroGrad(true);
  }

  /**
   * Forgets all gradients.
   *
   * @param setToNone whether they are to be undefined, so that {@link #step} passes over parameters
   *     that get no other; otherwise they stay, and are zero
   * @throws IllegalStateException if this is closed
   */
  public void zeroGrad(boolean setToNone) {
    requireOpen();
    for (TorchParameter parameter : parameters) {
      parameter.zeroGradient(setToNone);
    }
  }

  /**
   * The accumulators of a parameter, to read and write; {@link #save} keeps all.
   *
   * @param name the parameter's
   * @return slices, new ones each time
   * @throws IllegalArgumentException if there is no such parameter
   */
  public RmsPropState state(String name) {
    return optimizer.state(name);
  }

  /**
   * How far this optimizer has come.
   *
   * @return the counters, the learning rate and the loss scale
   * @throws IllegalStateException if the last step is half done
   */
  public Progress progress() {
    return optimizer.progress();
  }

  /**
   * Saves the parameters and all that this optimizer has. Unlike steps it does not wait for torch's
   * CUDA streams: finish them first.
   *
   * @param checkpoints where to
   * @param notes what the training's loop has to know
   * @return the folder of the checkpoint
   * @throws IOException as {@link Checkpoints#save(Optimizer, Map)}
   * @throws IllegalStateException as {@link #step}
   */
  public Path save(Checkpoints checkpoints, Map<String, String> notes) throws IOException {
    requireOpen();
    optimizer.progress(); // refuses if a step is half done, before copies on the device are changed
    parameters.forEach(parameter -> parameter.bring(optimizer));
    return checkpoints.save(optimizer, notes);
  }

  /**
   * Goes on with a training that was saved, also by an {@link Optimizer}: torch's parameters are
   * those of then, and every later step is as if it had never stopped.
   *
   * @param checkpoint of the same parameters, rules and policy
   * @throws IOException as {@link Checkpoint#load}
   * @throws IllegalStateException as {@link #step}
   */
  public void load(Checkpoint checkpoint) throws IOException {
    requireOpen();
    parameters.forEach(TorchParameter::requireAsBuilt);
    checkpoint.load(optimizer);
    failed = false;
    Set<String> gathered = optimizer.progress().gatheredTensors();
    for (TorchParameter parameter : parameters) {
      parameter.follow(optimizer, gathered.contains(parameter.name()));
    }
  }

  /** {@return the rule's learning rate: the next step's, or with a schedule the last one's} */
  public double learningRate() {
    return optimizer.learningRate();
  }

  /**
   * Sets the learning rate of the optimizer's rule from the next step on; groups keep their ratio
   * to it.
   *
   * @param learningRate finite and at least 0
   * @throws IllegalArgumentException if it is not; nothing has changed
   */
  public void learningRate(double learningRate) {
    optimizer.learningRate(learningRate);
  }

  /**
   * The norm of the last step's gradients, before clipping: what {@code clip_grad_norm_} returns.
   *
   * @return the norm, infinite or NaN if they were not finite
   * @throws IllegalStateException if the policy measures none
   */
  public double gradientNorm() {
    return optimizer.gradientNorm();
  }

  /** {@return what the next loss is to be multiplied by, 1 without a loss scale} */
  public double lossScale() {
    return optimizer.lossScale();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the optimizer is closed: expected an open one");
    }
  }

  /** Frees the accumulators and lets go of the tensors; a second call does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      optimizer.close();
      parameters.forEach(TorchParameter::close);
      if (stream != null) {
        stream.close();
      }
    }
  }
}
