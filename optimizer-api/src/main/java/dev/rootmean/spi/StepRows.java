package dev.rootmean.spi;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;

/** What a step's arguments are to a kernel. */
final class StepRows<M> {
  private final DeviceBackend<M> backend;
  private final ProvenFamilies families;

  StepRows(DeviceBackend<M> backend, ProvenFamilies families) {
    this.backend = backend;
    this.families = families;
  }

  /** Fills and checks the rows of a step, which its square average keeps; the step's kernel. */
  Kernel fill(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      DeviceBuffer decision) {
    MemoryRange<M> p = backend.own(params, "params").range();
    MemoryRange<M> g = backend.own(grads, "grads").range();
    BackendBuffer<M> squareAverage = backend.own(state.squareAverage(), "state.squareAverage");
    MemoryRange<M> v = squareAverage.range();
    DeviceBuffer remainder = state.remainder().orElse(null);
    int types =
        StepTypes.find(
            p.dataType(), g.dataType(), v.dataType(), remainder != null, state.rounding());
    Kernel kernel = Kernels.step(types, rule.hasMomentum(), rule.centered(), decision != null);
    families.prove(backend, kernel);
    Rows<M> rows = squareAverage.rows().begin(p.length()).add(p).add(g).add(v);
    addAccumulator(rows, state.momentum().orElse(null), rule.hasMomentum(), "state.momentum");
    addAccumulator(
        rows, state.gradientAverage().orElse(null), rule.centered(), "state.gradientAverage");
    if (remainder != null) {
      rows.add(backend.own(remainder, "state.remainder").range());
    }
    if (decision != null) {
      rows.add(backend.own(decision, "decision").range());
    }
    rows.check(kernel);
    if (kernel.rounding() == Rounding.RANDOM) {
      squareAverage.ensureRounds();
      squareAverage.requireNotRounded(state.attempt());
      rows.roundedBy(RandomBits.key(state.seed(), state.attempt()), state.place());
    }
    return kernel;
  }

  /** After a launch: what it has rounded by is not to be used again. */
  void launched(RmsPropState state) {
    if (state.rounding() == Rounding.RANDOM) {
      backend.own(state.squareAverage(), "state.squareAverage").rounded(state.attempt());
    }
  }

  private void addAccumulator(Rows<M> rows, DeviceBuffer buffer, boolean wanted, String role) {
    if (wanted != (buffer != null)) {
      throw new IllegalArgumentException(
          role
              + (wanted ? " is missing, which the rule needs" : " is there, and the rule has none")
              + ": allocate the state for a rule like the one to step by");
    }
    if (wanted) {
      rows.add(backend.own(buffer, role).range());
    }
  }
}
