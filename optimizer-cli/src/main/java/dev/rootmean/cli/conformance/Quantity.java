package dev.rootmean.cli.conformance;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;

/** What a conformance case gives at the start and expects after a step, one number an element. */
enum Quantity {
  PARAMS("params", "params"),
  SQUARE_AVERAGE("initialSquareAverage", "squareAverage"),
  MOMENTUM("initialMomentum", "momentum"),
  GRADIENT_AVERAGE("initialGradAvg", "gradAvg");

  private final String startKey;
  private final String expectedKey;

  Quantity(String startKey, String expectedKey) {
    this.startKey = startKey;
    this.expectedKey = expectedKey;
  }

  /** Its name at the start of a case. */
  String startKey() {
    return startKey;
  }

  /** Its name among what is expected. */
  String expectedKey() {
    return expectedKey;
  }

  boolean existsFor(RmsProp rule) {
    return switch (this) {
      case PARAMS, SQUARE_AVERAGE -> true;
      case MOMENTUM -> rule.hasMomentum();
      case GRADIENT_AVERAGE -> rule.centered();
    };
  }

  /** Where it is; only for a quantity that exists. */
  DeviceBuffer of(DeviceBuffer params, RmsPropState state) {
    return switch (this) {
      case PARAMS -> params;
      case SQUARE_AVERAGE -> state.squareAverage();
      case MOMENTUM -> state.momentum().orElseThrow();
      case GRADIENT_AVERAGE -> state.gradientAverage().orElseThrow();
    };
  }
}
