package dev.rootmean.spark;

import dev.rootmean.RmsProp;
import java.util.ArrayList;
import java.util.List;

/** The rules of the groups at a learning rate, as an {@link dev.rootmean.Optimizer} has them. */
final class GroupRates {
  private GroupRates() {}

  /** Groups with a rate of their own keep its ratio to the training's. */
  static List<Sent<RmsProp>> at(double rate, Plan plan) {
    double given = plan.rule().get().learningRate();
    List<Sent<RmsProp>> rules = new ArrayList<>();
    for (Sent<RmsProp> sent : plan.rules()) {
      double own = sent.get().learningRate();
      double ratio = own == given ? 1 : own / given;
      rules.add(
          rate == given
              ? sent
              : new Sent<>(sent.get().toBuilder().learningRate(rate * ratio).build()));
    }
    return rules;
  }
}
