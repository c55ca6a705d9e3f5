package dev.rootmean.contract;

import dev.rootmean.Coefficients;
import dev.rootmean.spi.MemoryRange;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** Ways to plant a fault in a {@link ScalarDevice}. */
final class Planting {
  private Planting() {}

  /** One step: what it works on, and how to run it. */
  record Step(
      Coefficients k,
      MemoryRange<TypedArray> params,
      MemoryRange<TypedArray> grads,
      MemoryRange<TypedArray> squareAverage,
      MemoryRange<TypedArray> momentum,
      MemoryRange<TypedArray> gradientAverage,
      MemoryRange<TypedArray> decision,
      Runnable rightly) {
    void run() {
      rightly.run();
    }

    void runWithoutWriting(MemoryRange<TypedArray> accumulator) {
      if (accumulator == null) {
        run();
        return;
      }
      TypedArray before = accumulator.memory().copy();
      run();
      accumulator.memory().copyFrom(before, 0, 0, before.length());
    }
  }

  /** A backend that does something else, or something more, where it should step. */
  abstract static class Stepping extends ScalarDevice {
    abstract void step(Step step);

    @Override
    public void queueStep(
        Coefficients k,
        MemoryRange<TypedArray> params,
        MemoryRange<TypedArray> grads,
        MemoryRange<TypedArray> squareAverage,
        MemoryRange<TypedArray> momentum,
        MemoryRange<TypedArray> gradientAverage,
        MemoryRange<TypedArray> decision) {
      Runnable rightly =
          () ->
              super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, decision);
      step(new Step(k, params, grads, squareAverage, momentum, gradientAverage, decision, rightly));
    }
  }

  static Supplier<ScalarDevice> stepping(Consumer<Step> wrongly) {
    return () ->
        new Stepping() {
          @Override
          void step(Step step) {
            wrongly.accept(step);
          }
        };
  }

  static Supplier<ScalarDevice> coefficients(Consumer<ScalarDevice> change) {
    return () ->
        new ScalarDevice() {
          @Override
          void take(Coefficients k) {
            super.take(k);
            change.accept(this);
          }
        };
  }

  static Supplier<ScalarDevice> count(IntUnaryOperator ofLength) {
    return () ->
        new ScalarDevice() {
          @Override
          int count(int length) {
            return ofLength.applyAsInt(length);
          }
        };
  }

  static Supplier<ScalarDevice> start(IntUnaryOperator ofOffset) {
    return () ->
        new ScalarDevice() {
          @Override
          int start(MemoryRange<TypedArray> buffer) {
            return ofOffset.applyAsInt((int) buffer.offset());
          }
        };
  }
}
