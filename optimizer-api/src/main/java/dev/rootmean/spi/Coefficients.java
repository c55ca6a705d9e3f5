package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.EpsilonPlacement;
import dev.rootmean.RmsProp.MomentumForm;
import dev.rootmean.RmsProp.WeightDecayMode;
import java.util.List;

/**
 * What a step multiplies by: a rule with every framework's habit resolved, which is known here and
 * nowhere else. Where each number stands is in the formula of {@link RmsProp}.
 */
final class Coefficients {
  /** Their names, in the order of their numbers. */
  static final List<String> NAMES =
      List.of(
          "scale", // of the gradient: -1 to maximize, otherwise 1
          "l2", // weight decay that is added to the gradient
          "decay", // of the averages
          "one_minus_decay", // weight of the new gradient in them
          "epsilon_inside", // added under the root
          "epsilon_outside", // added to the root
          "shrink", // weight decay that is taken from the parameter
          "outer", // factor of the whole update
          "inner", // factor of the normalised gradient in the momentum
          "momentum", // decay of the momentum
          "ahead", // factor of the momentum in the update: the momentum's decay for Nesterov
          "along"); // factor of the normalised gradient beside it: 0 unless Nesterov

  private Coefficients() {}

  /** Computed in double, and rounded once. */
  static Numbers of(RmsProp rule, DataType compute) {
    boolean inside = rule.epsilonPlacement() == EpsilonPlacement.INSIDE_SQRT;
    boolean l2 = rule.weightDecayMode() == WeightDecayMode.L2;
    boolean scaledFirst = rule.hasMomentum() && rule.momentumForm() == MomentumForm.LR_INSIDE;
    double inner = scaledFirst ? rule.learningRate() : 1;
    return new Numbers(
        compute,
        rule.maximize() ? -1 : 1,
        l2 ? rule.weightDecay() : 0,
        rule.decay(),
        1 - rule.decay(),
        inside ? rule.epsilon() : 0,
        inside ? 0 : rule.epsilon(),
        l2 ? 0 : rule.learningRate() * rule.weightDecay(),
        scaledFirst ? 1 : rule.learningRate(),
        inner,
        rule.momentum(),
        rule.nesterov() ? rule.momentum() : 1,
        rule.nesterov() ? inner : 0);
  }
}
