package dev.rootmean.cli.bench;

import dev.rootmean.RmsProp;
import java.util.Locale;

/** The kinds of steps that differ in how much memory they move; nothing else costs time. */
enum StepVariant {
  PLAIN(0, false),
  MOMENTUM(0.9, false),
  CENTERED(0, true),
  MOMENTUM_CENTERED(0.9, true);

  private final double momentum;
  private final boolean centered;

  StepVariant(double momentum, boolean centered) {
    this.momentum = momentum;
    this.centered = centered;
  }

  RmsProp rule() {
    return RmsProp.builder().momentum(momentum).centered(centered).build();
  }

  int accumulators() {
    return 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0);
  }

  /** As the command line has it: lower case, with hyphens. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
