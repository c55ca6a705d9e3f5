package dev.rootmean;

import java.util.List;

/**
 * The rules of an optimizer's groups for one learning rate. Groups with a rate of their own keep
 * its ratio to the optimizer's. Immutable, so that a step under way keeps the rules it began with.
 */
final class GroupRules {
  private final GroupRules given;
  private final double learningRate;
  private final RmsProp[] rules;

  private GroupRules(GroupRules given, double learningRate, RmsProp[] rules) {
    this.given = given == null ? this : given;
    this.learningRate = learningRate;
    this.rules = rules;
  }

  /** The rules as the builder was given them. */
  static GroupRules of(double learningRate, List<RmsProp> rules) {
    return new GroupRules(null, learningRate, rules.toArray(RmsProp[]::new));
  }

  /**
   * The rules for another learning rate. They depend on it alone, not on the rates in between.
   *
   * @throws IllegalArgumentException if the rate, or a group's, is not finite and at least 0
   */
  GroupRules at(double rate) {
    if (rate == learningRate) {
      return this;
    }
    if (rate == given.learningRate) {
      return given;
    }
    RmsProp.requireRange("learningRate", rate, Float.MAX_VALUE);
    RmsProp[] changed = new RmsProp[rules.length];
    for (int i = 0; i < changed.length; i++) {
      RmsProp rule = given.rules[i];
      double ratio =
          rule.learningRate() == given.learningRate ? 1 : rule.learningRate() / given.learningRate;
      changed[i] = rule.toBuilder().learningRate(rate * ratio).build();
    }
    return new GroupRules(given, rate, changed);
  }

  double learningRate() {
    return learningRate;
  }

  RmsProp rule(int group) {
    return rules[group];
  }
}
