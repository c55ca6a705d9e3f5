package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.contract.Planting.Step;
import dev.rootmean.contract.Planting.Stepping;
import dev.rootmean.spi.MemoryRange;
import java.nio.Buffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
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
}
