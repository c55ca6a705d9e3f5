package dev.rootmean.spi;

import dev.rootmean.Coefficients;
import dev.rootmean.RmsProp;

/**
 * The coefficients of the rules that were stepped by last, so that a step by one of a few rules, as
 * an optimizer with groups takes them in turn, makes none anew.
 */
final class RecentCoefficients {
  private static final int MOST = 64;

  private final RmsProp[] rules = new RmsProp[MOST];
  private final Coefficients[] coefficients = new Coefficients[MOST];
  private int last;
  private int oldest;

  @SuppressWarnings("ReferenceEquality") // an equal rule that is another merely costs a little more
  Coefficients of(RmsProp rule) {
    for (int i = 0; i < MOST; i++) { // from the last one on, as rules that take turns are in a row
      int place = (last + i) % MOST;
      if (rules[place] == rule) {
        last = place;
        return coefficients[place];
      }
    }
    last = oldest;
    rules[last] = rule;
    coefficients[last] = rule.coefficients();
    oldest = (oldest + 1) % MOST;
    return coefficients[last];
  }
}
