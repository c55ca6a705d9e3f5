package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.contract.machinery.Planting.Step;
import dev.rootmean.contract.machinery.Planting.Stepping;
import dev.rootmean.spi.KeptRows;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Devices that keep, move or order their memory wrongly. */
final class MemoryFaults {
  private MemoryFaults() {}

  /** A device that is right but for what is overridden. */
  private abstract static class Faulty extends Wrapped<TypedArray> {
    Faulty() {
      super(new ScalarDevice());
    }
  }

  static final class ForgetsInitialState extends Stepping {
    private final Set<TypedArray> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    @Override
    void step(Step step) {
      TypedArray v = step.memory("v");
      if (seen.add(v)) {
        for (int i = 0; i < step.length(); i++) {
          v.set(step.offset("v") + i, 0);
        }
      }
      step.run();
    }
  }

  static final class RecyclesUncleaned extends Faulty {
    private final Map<Long, TypedArray> pool = new HashMap<>();

    @Override
    public TypedArray allocate(DataType type, long length) {
      TypedArray recycled = pool.get(length);
      if (recycled == null || recycled.type() != type) {
        return super.allocate(type, length);
      }
      return pool.remove(length);
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
      stepped = step.memory("p");
      before = stepped.copy();
      step.run();
    }

    @Override
    public void await() {
      stepped = null;
    }

    @Override
    public void receive(TypedArray source, DataType type, long at, Buffer target) {
      super.receive(source == stepped ? before : source, type, at, target);
    }
  }

  static final class WritesTooEarly extends Stepping {
    private Runnable pending = () -> {};

    @Override
    void step(Step step) {
      await();
      Rows<TypedArray> kept = KeptRows.of(step.rows());
      pending = () -> new Step(step.kernel(), step.numbers(), kept, step.rightly()).run();
    }

    @Override
    public void await() {
      Runnable step = pending;
      pending = () -> {};
      step.run();
    }

    @Override
    public void receive(TypedArray source, DataType type, long at, Buffer target) {
      await();
      super.receive(source, type, at, target);
    }
  }

  static final class PositionIgnored extends Faulty {
    @Override
    public void send(TypedArray target, DataType type, long at, Buffer source) {
      int count = source.remaining();
      super.send(target, type, at, source.position(0).limit(count));
    }
  }

  static final class ArrayOffsetIgnored extends Faulty {
    @Override
    public void send(TypedArray target, DataType type, long at, Buffer source) {
      boolean isArray = source instanceof FloatBuffer && source.hasArray();
      super.send(target, type, at, isArray ? withoutOffset((FloatBuffer) source) : source);
    }

    private static Buffer withoutOffset(FloatBuffer floats) {
      return FloatBuffer.wrap(floats.array(), floats.position(), floats.remaining());
    }
  }

  static final class CopiesTooEarly extends Stepping {
    private TypedArray stepped;
    private TypedArray before;

    @Override
    void step(Step step) {
      stepped = step.memory("p");
      before = stepped.copy();
      step.run();
    }

    @Override
    public void copy(
        TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
      super.copy(source == stepped ? before : source, from, target, to, type, length);
    }
  }

  static final class TruncatesLength extends Faulty {
    @Override
    public TypedArray allocate(DataType type, long length) {
      return super.allocate(type, (int) length & Integer.MAX_VALUE >> 8);
    }
  }

  /** All that is queued waits for a transfer, but for one operation, which comes at once. */
  static final class Overtakes extends Faulty {
    private final List<String> early;
    private final List<Runnable> queue = new ArrayList<>();

    /** Names operations: a device's, or a kernel's text. */
    Overtakes(String... early) {
      this.early = List.of(early);
    }

    private void queue(String operation, Runnable rightly) {
      if (early.contains(operation)) {
        rightly.run();
      } else {
        queue.add(rightly);
      }
    }

    @Override
    public void zero(TypedArray memory, DataType type, long at, long length) {
      queue("zero", () -> super.zero(memory, type, at, length));
    }

    @Override
    public void copy(
        TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
      queue("copy", () -> super.copy(source, from, target, to, type, length));
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      Rows<TypedArray> kept = KeptRows.of(rows);
      queue(kernel.text(), () -> super.launch(kernel, numbers, kept));
    }

    @Override
    public void await() {
      queue.forEach(Runnable::run);
      queue.clear();
    }

    @Override
    public void send(TypedArray target, DataType type, long at, Buffer source) {
      await();
      super.send(target, type, at, source);
    }

    @Override
    public void receive(TypedArray source, DataType type, long at, Buffer target) {
      await();
      super.receive(source, type, at, target);
    }
  }

  static final class AddsTheFirstAlone extends Faulty {
    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      if (!kernel.text().equals("add")) {
        super.launch(kernel, numbers, rows);
        return;
      }
      TypedArray sum = rows.memory(0);
      TypedArray before = sum.copy();
      super.launch(kernel, numbers, rows);
      int rest = (int) rows.offset(0) + 1;
      sum.copyFrom(before, rest, rest, (int) rows.length() - 1);
    }
  }
}
