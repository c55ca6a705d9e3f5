package dev.rootmean.spi;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import java.util.List;
import java.util.Objects;

/** Sums the squares of gradients, and has a policy decide. */
final class Measurement<M> {
  private final DeviceBackend<M> backend;
  private final OwnedDevice<M> device;
  private final ProvenFamilies families;

  /** Of the launch at hand. */
  private final Rows<M> rows = new Rows<>();

  Measurement(DeviceBackend<M> backend, OwnedDevice<M> device, ProvenFamilies families) {
    this.backend = backend;
    this.device = device;
    this.families = families;
  }

  /** Measures gradients of one buffer, or if that is null, of several. */
  void measure(DeviceBuffer one, List<DeviceBuffer> several, GradientDecision decision) {
    Objects.requireNonNull(decision, "decision");
    device.liveness.requireOpen();
    BackendBuffer<M> made = backend.own(decision.buffer(), "decision");
    MemoryRange<M> d = made.range();
    int count = one != null ? 1 : several.size();
    if (count == 0) {
      throw new IllegalArgumentException("no gradients: expected some to measure");
    }
    long chunks = 0;
    long gradients = 0;
    for (int i = 0; i < count; i++) {
      MemoryRange<M> g = grads(one, several, i);
      Kernel sum = Kernels.sumSquares(g.dataType());
      made.rows().begin(g.length()).add(g).add(d).check(sum); // apart from all of the decision
      families.prove(backend, sum);
      gradients += g.length();
      chunks += Kernel.chunks(g.length());
    }
    DecisionField.requireRoom(d.length(), chunks, gradients);
    Kernel decide = Kernels.decide(d.dataType());
    families.prove(backend, decide);
    long at = DecisionField.COUNT;
    for (int i = 0; i < count; i++) {
      MemoryRange<M> g = grads(one, several, i);
      long sums = Kernel.chunks(g.length());
      rows.begin(g.length()).add(g).add(d, at, sums);
      device.launch(Kernels.sumSquares(g.dataType()), Numbers.NONE, rows);
      at += sums;
    }
    rows.begin(chunks).add(d, DecisionField.COUNT, chunks).add(d);
    device.launch(decide, made.numbers(decision.policy()), rows);
  }

  private MemoryRange<M> grads(DeviceBuffer one, List<DeviceBuffer> several, int i) {
    return backend.own(one != null ? one : several.get(i), "grads").range();
  }
}
