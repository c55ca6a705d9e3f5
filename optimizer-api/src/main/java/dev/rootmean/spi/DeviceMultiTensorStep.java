package dev.rootmean.spi;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;

/** The launches of several tensors, of which none writes what another reads or writes. */
final class DeviceMultiTensorStep<M> implements MultiTensorStep {
  private final DeviceBackend<M> backend;

  /** Calls take turns by its monitor. */
  private final OwnedDevice<M> device;

  private final StepRows<M> steps;
  private final ProvenFamilies families;

  // By tensor.
  private final List<DeviceBuffer> params = new ArrayList<>();
  private final List<DeviceBuffer> grads = new ArrayList<>();
  private final List<RmsPropState> states = new ArrayList<>();
  private final List<Rows<M>> launches = new ArrayList<>();

  private final NavigableSet<MemoryRange<?>> written = new TreeSet<>(MemoryRange.BY_PLACE);

  DeviceMultiTensorStep(
      DeviceBackend<M> backend, OwnedDevice<M> device, StepRows<M> steps, ProvenFamilies families) {
    this.backend = backend;
    this.device = device;
    this.steps = steps;
    this.families = families;
  }

  @Override
  public void add(DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    Objects.requireNonNull(state, "state");
    synchronized (device) {
      MemoryRange<M> g = backend.own(grads, "grads").range();
      List<MemoryRange<?>> added = new ArrayList<>();
      added.add(backend.own(params, "params").range());
      BackendBuffer<M> squareAverage = backend.own(state.squareAverage(), "state.squareAverage");
      added.add(squareAverage.range());
      state.momentum().ifPresent(b -> added.add(backend.own(b, "state.momentum").range()));
      state
          .gradientAverage()
          .ifPresent(m -> added.add(backend.own(m, "state.gradientAverage").range()));
      state.remainder().ifPresent(r -> added.add(backend.own(r, "state.remainder").range()));
      for (MemoryRange<?> range : added) {
        requireApart(range, "params or state");
        for (DeviceBuffer other : this.grads) {
          requireApart(range, backend.own(other, "grads").range(), "params or state");
        }
        requireApart(range, g, "grads");
      }
      requireApart(g, "grads");
      requireLike(grads, params.length());
      if (!this.params.isEmpty() && params.dataType() != this.params.get(0).dataType()) {
        throw refused(
            "params", params, "the first tensor's type, " + this.params.get(0).dataType());
      }
      requireLike(state);
      written.addAll(added);
      this.params.add(params);
      this.grads.add(grads);
      states.add(state);
      launches.add(squareAverage.rows());
    }
  }

  /** As long as the parameters, and of the type of the first gradient. */
  private void requireLike(DeviceBuffer grads, long length) {
    if (grads.length() != length) {
      throw refused("grads", grads, "the length of params, " + length);
    }
    if (!this.grads.isEmpty() && grads.dataType() != this.grads.get(0).dataType()) {
      throw refused("grads", grads, "the first tensor's type, " + this.grads.get(0).dataType());
    }
  }

  /** Kept and rounded as the first tensor's: one kernel steps all, with one key. */
  private void requireLike(RmsPropState state) {
    RmsPropState first = states.isEmpty() ? state : states.get(0);
    DeviceBuffer kept = state.squareAverage();
    if (kept.dataType() != first.squareAverage().dataType()) {
      throw refused(
          "state.squareAverage",
          kept,
          "the first tensor's type, " + first.squareAverage().dataType());
    }
    if (state.remainder().isPresent() != first.remainder().isPresent()
        || state.rounding() != first.rounding()) {
      throw new IllegalArgumentException(
          "state has another remainder or rounding than the first tensor's:"
              + " expected one precision for all");
    }
  }

  private static IllegalArgumentException refused(
      String role, DeviceBuffer given, String expected) {
    return new IllegalArgumentException(role + " is " + given + ": expected " + expected);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // another view of the same memory is merely looked at
  public void gradient(int tensor, DeviceBuffer grads) {
    synchronized (device) {
      if (this.grads.get(tensor) != grads) {
        requireApart(backend.own(grads, "grads").range(), "grads");
        requireLike(grads, params.get(tensor).length());
        this.grads.set(tensor, grads);
      }
    }
  }

  private void requireApart(MemoryRange<?> range, String what) {
    MemoryRange<?> before = written.floor(range);
    MemoryRange<?> behind = written.higher(range);
    if (before != null) {
      requireApart(range, before, what);
    }
    if (behind != null) {
      requireApart(range, behind, what);
    }
  }

  private static void requireApart(MemoryRange<?> range, MemoryRange<?> other, String what) {
    if (range.overlaps(other)) {
      throw new IllegalArgumentException(
          what + " overlap what a tensor has beside: expected buffers apart from each other");
    }
  }

  @Override
  public int step(RmsProp rule, int first) {
    return step(rule, first, (DeviceBuffer) null);
  }

  @Override
  public int step(RmsProp rule, int first, GradientDecision decision) {
    return step(rule, first, decision.buffer());
  }

  private int step(RmsProp rule, int first, DeviceBuffer decision) {
    Objects.requireNonNull(rule, "rule");
    Objects.checkIndex(first, launches.size());
    synchronized (device) {
      device.liveness.requireOpen();
      int count = Math.min(device.mostLaunches(), launches.size() - first);
      Kernel kernel = fill(rule, first, decision);
      for (int i = first + 1; i < first + count; i++) {
        fill(rule, i, decision); // for the same kernel, as all types are the same
      }
      boolean isRandom = kernel.rounding() == Rounding.RANDOM;
      if (isRandom) {
        requireOneKey(first, first + count);
      }
      Numbers numbers =
          backend.own(states.get(first).squareAverage(), "state.squareAverage").numbers(rule);
      if (count == 1) {
        device.launch(kernel, numbers, launches.get(first));
      } else {
        families.prove(backend, kernel);
        boolean all = count == launches.size();
        device.launch(kernel, numbers, all ? launches : launches.subList(first, first + count));
      }
      for (int i = first; isRandom && i < first + count; i++) {
        steps.launched(states.get(i));
      }
      return count;
    }
  }

  /** One launch has one key; all have that of the first tensor's, on each device. */
  private void requireOneKey(int from, int end) {
    RmsPropState first = states.get(0);
    for (int i = from; i < end; i++) {
      RmsPropState state = states.get(i);
      if (state.seed() != first.seed() || state.attempt() != first.attempt()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "state %d has seed %d and attempt %d: expected those of state 0, %d and %d",
                i,
                state.seed(),
                state.attempt(),
                first.seed(),
                first.attempt()));
      }
    }
  }

  private Kernel fill(RmsProp rule, int tensor, DeviceBuffer decision) {
    return steps.fill(rule, params.get(tensor), grads.get(tensor), states.get(tensor), decision);
  }
}
