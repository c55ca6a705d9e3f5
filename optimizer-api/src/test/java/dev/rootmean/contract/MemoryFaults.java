package dev.rootmean.contract;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.contract.Planting.Step;
import dev.rootmean.contract.Planting.Stepping;
import dev.rootmean.spi.MemoryRange;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Backends that keep, move or order their memory wrongly. */
final class MemoryFaults {
  private MemoryFaults() {}

  static final class ForgetsInitialState extends Stepping {
    private final Set<TypedArray> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    @Override
    void step(Step step) {
      TypedArray v = step.squareAverage().memory();
      if (seen.add(v)) {
        int start = (int) step.squareAverage().offset();
        for (int i = 0; i < step.squareAverage().length(); i++) {
          v.set(start + i, 0);
        }
      }
      step.run();
    }
  }

  static final class RecyclesUncleaned extends ScalarDevice {
    private final Map<Long, TypedArray> pool = new HashMap<>();

    @Override
    public TypedArray allocateMemory(DataType type, long length) {
      TypedArray recycled = pool.remove(length);
      return recycled != null ? recycled : super.allocateMemory(type, length);
    }

    @Override
    public void free(TypedArray memory) {
      pool.put((long) memory.length(), memory);
    }
  }

  static final class ReadsTooEarly extends Stepping {
    private TypedArray stepped;
    private TypedArray before;

    @Override
    void step(Step step) {
      stepped = step.params().memory();
      before = stepped.copy();
      step.run();
    }

    @Override
    public void awaitQueue() {
      stepped = null;
    }

    @Override
    public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
      if (source.memory() == stepped) {
        before.read((int) (source.offset() + offset), target);
      } else {
        super.copyFromDevice(source, offset, target);
      }
    }
  }

  static final class WritesTooEarly extends Stepping {
    private Runnable pending = () -> {};

    @Override
    void step(Step step) {
      awaitQueue();
      pending = step::run;
    }

    @Override
    public void awaitQueue() {
      Runnable step = pending;
      pending = () -> {};
      step.run();
    }

    @Override
    public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
      awaitQueue();
      super.copyFromDevice(source, offset, target);
    }

    @Override
    public void free(TypedArray memory) {
      pending = () -> {}; // the buffers that it is for no longer have their memory
    }
  }

  static final class PositionIgnored extends ScalarDevice {
    @Override
    public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
      int count = source.remaining();
      super.copyToDevice(target, offset, source.position(0).limit(count));
    }
  }

  static final class CopiesTooEarly extends Stepping {
    private TypedArray stepped;
    private TypedArray before;

    @Override
    void step(Step step) {
      stepped = step.params().memory();
      before = stepped.copy();
      step.run();
    }

    @Override
    public void queueCopy(MemoryRange<TypedArray> source, MemoryRange<TypedArray> target) {
      super.queueCopy(source, target);
      if (source.memory() == stepped) {
        int count = (int) target.length();
        target.memory().copyFrom(before, (int) source.offset(), (int) target.offset(), count);
      }
    }
  }

  static final class TruncatesLength extends ScalarDevice {
    @Override
    public TypedArray allocateMemory(DataType type, long length) {
      return new TypedArray(type, (int) length & Integer.MAX_VALUE >> 8);
    }
  }

  /** All that is queued waits for a transfer, but for one operation, which comes at once. */
  static final class Overtakes extends ScalarDevice {
    private final String early;
    private final List<Runnable> queue = new ArrayList<>();

    Overtakes(String early) {
      this.early = early;
    }

    private void queue(String operation, Runnable rightly) {
      if (operation.equals(early)) {
        rightly.run();
      } else {
        queue.add(rightly);
      }
    }

    @Override
    public void queueZero(MemoryRange<TypedArray> target) {
      queue("zero", () -> super.queueZero(target));
    }

    @Override
    public void queueCopy(MemoryRange<TypedArray> source, MemoryRange<TypedArray> target) {
      queue("copy", () -> super.queueCopy(source, target));
    }

    @Override
    public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {
      queue("add", () -> super.queueAdd(addend, target));
    }

    @Override
    public void queueMeasure(
        GradientPolicy policy, MemoryRange<TypedArray> grads, MemoryRange<TypedArray> decision) {
      queue("measure", () -> super.queueMeasure(policy, grads, decision));
    }

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> decision) {
      queue(
          "step",
          () ->
              super.queueStep(
                  k, params, grads, squareAverage, momentum, gradientAverage, decision));
    }

    @Override
    public void awaitQueue() {
      queue.forEach(Runnable::run);
      queue.clear();
    }

    @Override
    public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
      awaitQueue();
      super.copyToDevice(target, offset, source);
    }

    @Override
    public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
      awaitQueue();
      super.copyFromDevice(source, offset, target);
    }
  }

  static final class AddsTheFirstAlone extends ScalarDevice {
    @Override
    public void queueAdd(MemoryRange<TypedArray> addend, MemoryRange<TypedArray> target) {
      TypedArray before = target.memory().copy();
      super.queueAdd(addend, target);
      int rest = (int) target.offset() + 1;
      int count = (int) target.length() - 1;
      target.memory().copyFrom(before, rest, rest, count);
    }
  }
}
