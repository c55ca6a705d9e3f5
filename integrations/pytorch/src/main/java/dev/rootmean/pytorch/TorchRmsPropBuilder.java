package dev.rootmean.pytorch;

import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientPolicy;
import dev.rootmean.LearningRateSchedule;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringTensorDictItem;
import org.bytedeco.pytorch.Tensor;

/**
 * Says which parameters a {@link TorchRmsProp} steps, and how.
 *
 * @since 0.1.0
 */
public final class TorchRmsPropBuilder {
  /** What {@code clip_grad_norm_} adds to a norm. */
  private static final double CLIP_EPSILON = 1e-6;

  private final OptimizerBackend backend;
  private final OptimizerBuilder optimizer;
  private final List<TorchParameter> parameters = new ArrayList<>();
  private GradientPolicy policy = GradientPolicy.NONE;
  private CurrentStream stream;
  private boolean built;

  TorchRmsPropBuilder(OptimizerBackend backend, RmsProp rule) {
    this.backend = backend;
    this.optimizer = Optimizer.builder(backend, rule);
  }

  /**
   * Adds all parameters of a module and its submodules, by the names that {@code
   * named_parameters()} gives them. A tensor that has several names there is taken by its first.
   *
   * @param module the module
   * @return this builder
   * @throws IllegalArgumentException as {@link #parameter}
   */
  public TorchRmsPropBuilder parameters(Module module) {
    return parameters(module, name -> true);
  }

  /**
   * Adds some parameters of a module and its submodules, such as those of a group.
   *
   * @param module the module
   * @param names which, such as {@code name -> name.endsWith("bias")}; asked for the first name of
   *     each tensor alone
   * @return this builder
   * @throws IllegalArgumentException as {@link #parameter}
   */
  public TorchRmsPropBuilder parameters(Module module, Predicate<String> names) {
    Set<Long> seen = new HashSet<>();
    try (StringTensorDict all = module.named_parameters()) {
      for (long i = 0; i < all.size(); i++) {
        StringTensorDictItem item = all.get(i);
        String name = item.key().getString();
        if (seen.add(item.value().unsafeGetTensorImpl().address()) && names.test(name)) {
          parameter(name, item.value());
        }
      }
    }
    return this;
  }

  /**
   * Adds a parameter to the group that was begun last.
   *
   * @param name what it is called; not empty, and no other's
   * @param tensor a contiguous leaf tensor of 32 or 64 bits
   * @return this builder
   * @throws IllegalArgumentException naming the parameter, if it is none of these, its type is not
   *     that of the others, it is empty, is there already, or the backend cannot reach it
   * @throws IllegalStateException if {@link #build()} was called
   */
  public TorchRmsPropBuilder parameter(String name, Tensor tensor) {
    requireNotBuilt();
    DataType type = TorchParameter.requireParameter(name, tensor);
    TorchParameter parameter = reach(name, tensor, type);
    boolean added = false;
    try {
      parameters.forEach(parameter::requireBeside);
      if (tensor.is_cuda() && stream == null) {
        stream = new CurrentStream(tensor.device().index());
        optimizer.orderedWith(stream);
      }
      parameter.addTo(optimizer.dataType(type));
      added = parameters.add(parameter);
    } finally {
      if (!added) {
        parameter.close();
      }
    }
    return this;
  }

  private TorchParameter reach(String name, Tensor tensor, DataType type) {
    boolean inPlace = tensor.is_cuda() || backend.info().name().equals("cpu");
    try {
      return inPlace
          ? new SharedParameter(name, tensor, type, backend)
          : new CopiedParameter(name, tensor, type);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("parameter \"" + name + "\": " + e.getMessage(), e);
    }
  }

  private void requireNotBuilt() {
    if (built) {
      throw new IllegalStateException(
          "build() was called: expected another builder for another optimizer");
    }
  }

  /**
   * Begins a group: the parameters that are added from here on are stepped by a rule of their own.
   *
   * @param name what it is called; not empty, and no other's
   * @param change makes the group's rule from the optimizer's, such as {@code rule ->
   *     rule.weightDecay(0)}
   * @return this builder
   * @throws IllegalArgumentException if the name is empty or taken, or the rule cannot be
   */
  public TorchRmsPropBuilder group(String name, UnaryOperator<RmsPropBuilder> change) {
    optimizer.group(name, change);
    return this;
  }

  /**
   * Sets what is done to gradients before the rule sees them; without it, nothing is.
   *
   * @param policy the policy
   * @return this builder
   */
  public TorchRmsPropBuilder policy(GradientPolicy policy) {
    this.policy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Clips the gradients together in each step, as {@code clip_grad_norm_} does between {@code
   * backward()} and {@code step()}; added to the policy so far. The gradients themselves stay as
   * they are. Where the norm is not finite, torch steps by zeros, and by NaN where a gradient is
   * not; this skips the step. Who wants something else sets a {@link #policy} instead.
   *
   * @param maxNorm the largest norm
   * @return this builder
   * @throws IllegalArgumentException if it is not above 0
   */
  public TorchRmsPropBuilder clipGradNorm(double maxNorm) {
    return policy(policy.withNormClip(maxNorm, CLIP_EPSILON));
  }

  /**
   * Has the learning rate follow a schedule instead of staying what the rule says.
   *
   * @param schedule gives the learning rate of the optimizer's rule for each step
   * @return this builder
   */
  public TorchRmsPropBuilder schedule(LearningRateSchedule schedule) {
    optimizer.schedule(schedule);
    return this;
  }

  /**
   * Takes the memory for accumulators, zero at first unless the rule says otherwise. A builder does
   * it once, whether it succeeds or not.
   *
   * @return the optimizer, the caller's to close before the backend
   * @throws IllegalArgumentException if there are no parameters, a group has none, or the rules or
   *     the policy cannot be
   * @throws DeviceOutOfMemoryException if the device has too little memory left; nothing is kept
   * @throws IllegalStateException if it was called before
   */
  public TorchRmsProp build() {
    requireNotBuilt();
    built = true;
    boolean complete = false;
    try {
      Optimizer made = optimizer.policy(policy).build();
      complete = true;
      return new TorchRmsProp(made, parameters, stream);
    } finally {
      if (!complete) {
        parameters.forEach(TorchParameter::close);
        if (stream != null) {
          stream.close();
        }
      }
    }
  }
}
