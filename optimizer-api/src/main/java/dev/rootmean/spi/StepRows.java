package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import java.util.Objects;

/** Steps: what their arguments are to a kernel. */
final class StepRows<M> {
  private final DeviceBackend<M> backend;
  private final OwnedDevice<M> device;
  private final ProvenFamilies families;

  StepRows(DeviceBackend<M> backend, OwnedDevice<M> device, ProvenFamilies families) {
    this.backend = backend;
    this.device = device;
    this.families = families;
  }

  void step(
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      DeviceBuffer decision) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(state, "state");
    device.liveness.requireOpen();
    Kernel kernel = fill(rule, params, grads, state, decision);
    BackendBuffer<M> squareAverage = backend.own(state.squareAverage(), "state.squareAverage");
    device.launch(kernel, squareAverage.numbers(rule), squareAverage.rows());
    launched(state);
  }

  void stepRows(
      RmsProp rule,
      DeviceBuffer params,
      RowGradients grads,
      RmsPropState state,
      DeviceBuffer decision) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(state, "state");
    device.liveness.requireOpen();
    BackendRowGradients<M> own = own(grads);
    Kernel kernel = fill(rule, params, own, state, decision);
    if (kernel == null) {
      return;
    }
    BackendBuffer<M> squareAverage = backend.own(state.squareAverage(), "state.squareAverage");
    Numbers numbers = squareAverage.numbers(rule);
    own.queue();
    device.launch(kernel, numbers, squareAverage.rows());
    launched(state);
  }

  @SuppressWarnings("unchecked") // whose backend is this one holds this one's memory
  private BackendRowGradients<M> own(RowGradients grads) {
    Objects.requireNonNull(grads, "grads");
    if (!(grads instanceof BackendRowGradients<?> g) || g.backend() != backend) {
      throw new IllegalArgumentException(
          "grads are " + grads + ": expected those of this " + backend.info().name() + " backend");
    }
    if (g.isClosed()) {
      throw new IllegalStateException("grads of " + g + " are closed");
    }
    return (BackendRowGradients<M>) g;
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
    int types = types(p, g.dataType(), squareAverage, state, false);
    Kernel kernel = Kernels.step(types, rule.hasMomentum(), rule.centered(), decision != null);
    families.prove(backend, kernel);
    Rows<M> rows = squareAverage.rows().begin(p.length()).add(p).add(g);
    addState(rows, rule, state, squareAverage, decision);
    rows.check(kernel);
    roundBy(rows, kernel, squareAverage, state);
    return kernel;
  }

  /**
   * As the other one, of rows of a table: the gradients have their memory then, and are yet to be
   * queued.
   *
   * @return null if no row is touched
   */
  private Kernel fill(
      RmsProp rule,
      DeviceBuffer params,
      BackendRowGradients<M> grads,
      RmsPropState state,
      DeviceBuffer decision) {
    MemoryRange<M> p = backend.own(params, "params").range();
    BackendBuffer<M> squareAverage = backend.own(state.squareAverage(), "state.squareAverage");
    int types = types(p, grads.dataType(), squareAverage, state, true);
    Kernel kernel = Kernels.rowStep(types, rule.hasMomentum(), rule.centered(), decision != null);
    grads.requireTable("params", p.length());
    grads.requireTable("state.squareAverage", squareAverage.length());
    if (grads.count() == 0) {
      return null;
    }
    families.prove(backend, kernel);
    grads.prepare();
    Rows<M> rows = squareAverage.rows().begin(grads.distinct(), grads.width()).add(p);
    grads.addGradients(rows);
    addState(rows, rule, state, squareAverage, decision);
    grads.addPlaces(rows);
    rows.check(kernel);
    roundBy(rows, kernel, squareAverage, state);
    return kernel;
  }

  private int types(
      MemoryRange<M> params,
      DataType grads,
      BackendBuffer<M> squareAverage,
      RmsPropState state,
      boolean ofRows) {
    return StepTypes.find(
        params.dataType(),
        grads,
        squareAverage.dataType(),
        state.remainder().isPresent(),
        state.rounding(),
        ofRows);
  }

  private void addState(
      Rows<M> rows,
      RmsProp rule,
      RmsPropState state,
      BackendBuffer<M> squareAverage,
      DeviceBuffer decision) {
    rows.add(squareAverage.range());
    addAccumulator(rows, state.momentum().orElse(null), rule.hasMomentum(), "state.momentum");
    addAccumulator(
        rows, state.gradientAverage().orElse(null), rule.centered(), "state.gradientAverage");
    DeviceBuffer remainder = state.remainder().orElse(null);
    if (remainder != null) {
      rows.add(backend.own(remainder, "state.remainder").range());
    }
    addBases(rows, squareAverage);
    addBases(rows, state.momentum().orElse(null));
    addBases(rows, state.gradientAverage().orElse(null));
    if (decision != null) {
      rows.add(backend.own(decision, "decision").range());
    }
  }

  private static <M> void roundBy(
      Rows<M> rows, Kernel kernel, BackendBuffer<M> squareAverage, RmsPropState state) {
    if (kernel.rounding() == Rounding.RANDOM) {
      squareAverage.ensureRounds();
      squareAverage.requireNotRounded(state.attempt());
      rows.roundedBy(RandomBits.key(state.seed(), state.attempt()), state.place());
    }
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

  private void addBases(Rows<M> rows, DeviceBuffer buffer) {
    if (buffer != null && buffer.dataType().isInBlocks()) {
      rows.add(backend.own(buffer, "state").basesRange());
    }
  }
}
