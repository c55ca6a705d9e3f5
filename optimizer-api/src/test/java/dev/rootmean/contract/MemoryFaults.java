package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.contract.Planting.Step;
import dev.rootmean.contract.Planting.Stepping;
import dev.rootmean.spi.BackendBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Backends that keep, move or order their memory wrongly. */
final class MemoryFaults {
  private MemoryFaults() {}

  static final class ForgetsInitialState extends Stepping {
    private final Set<float[]> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    @Override
    void step(Step step) {
      float[] v = step.squareAverage().memory();
      if (seen.add(v)) {
        int start = (int) step.squareAverage().offset();
        Arrays.fill(v, start, start + (int) step.squareAverage().length(), 0);
      }
      step.run();
    }
  }

  static final class RecyclesUncleaned extends ScalarBackend {
    private final Map<Long, float[]> pool = new HashMap<>();

    @Override
    protected float[] allocateMemory(DataType type, long length) {
      float[] recycled = pool.remove(length);
      return recycled != null ? recycled : super.allocateMemory(type, length);
    }

    @Override
    protected void free(float[] memory) {
      pool.put((long) memory.length, memory);
    }
  }

  static final class ReadsTooEarly extends Stepping {
    private float[] stepped;
    private float[] before;

    @Override
    void step(Step step) {
      stepped = step.params().memory();
      before = stepped.clone();
      step.run();
    }

    @Override
    protected void awaitQueue() {
      stepped = null;
    }

    @Override
    protected void copyFromDevice(BackendBuffer<float[]> source, long offset, FloatBuffer target) {
      if (source.memory() == stepped) {
        target.put(before, (int) (source.offset() + offset), target.remaining());
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
    protected void awaitQueue() {
      Runnable step = pending;
      pending = () -> {};
      step.run();
    }

    @Override
    protected void copyFromDevice(BackendBuffer<float[]> source, long offset, FloatBuffer target) {
      awaitQueue();
      super.copyFromDevice(source, offset, target);
    }

    @Override
    protected void free(float[] memory) {
      pending = () -> {}; // the buffers that it is for no longer have their memory
    }
  }

  static final class BytesUnordered extends ScalarBackend {
    @Override
    protected void copyToDevice(BackendBuffer<float[]> target, long offset, FloatBuffer source) {
      boolean swapped = source.order() != ByteOrder.nativeOrder();
      while (source.hasRemaining()) {
        int bits = Float.floatToRawIntBits(source.get());
        target.memory()[(int) (target.offset() + offset++)] =
            Float.intBitsToFloat(swapped ? Integer.reverseBytes(bits) : bits);
      }
    }
  }

  static final class PositionIgnored extends ScalarBackend {
    @Override
    protected void copyToDevice(BackendBuffer<float[]> target, long offset, FloatBuffer source) {
      int count = source.remaining();
      source.position(0);
      source.get(target.memory(), (int) (target.offset() + offset), count);
    }
  }

  static final class TruncatesLength extends ScalarBackend {
    @Override
    protected float[] allocateMemory(DataType type, long length) {
      return new float[(int) length & Integer.MAX_VALUE >> 8];
    }
  }
}
