package dev.rootmean.contract;

import dev.rootmean.Coefficients;
import dev.rootmean.spi.BackendBuffer;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** Ways to plant a fault in a {@link ScalarBackend}. */
final class Planting {
  private Planting() {}

  /** One step: what it works on, and how to run it. */
  record Step(
      Coefficients k,
      BackendBuffer<TypedArray> params,
      BackendBuffer<TypedArray> grads,
      BackendBuffer<TypedArray> squareAverage,
      BackendBuffer<TypedArray> momentum,
      BackendBuffer<TypedArray> gradientAverage,
      BackendBuffer<TypedArray> control,
      Runnable rightly) {
    void run() {
      rightly.run();
    }

    void runWithoutWriting(BackendBuffer<TypedArray> accumulator) {
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
  abstract static class Stepping extends ScalarBackend {
    abstract void step(Step step);

    @Override
    protected void queueStep(
        Coefficients k,
        BackendBuffer<TypedArray> params,
        BackendBuffer<TypedArray> grads,
        BackendBuffer<TypedArray> squareAverage,
        BackendBuffer<TypedArray> momentum,
        BackendBuffer<TypedArray> gradientAverage,
        BackendBuffer<TypedArray> control) {
      Runnable rightly =
          () ->
              super.queueStep(k, params, grads, squareAverage, momentum, gradientAverage, control);
      step(new Step(k, params, grads, squareAverage, momentum, gradientAverage, control, rightly));
    }
  }

  static Supplier<ScalarBackend> stepping(Consumer<Step> wrongly) {
    return () ->
        new Stepping() {
          @Override
          void step(Step step) {
            wrongly.accept(step);
          }
        };
  }

  static Supplier<ScalarBackend> coefficients(Consumer<ScalarBackend> change) {
    return () ->
        new ScalarBackend() {
          @Override
          void take(Coefficients k) {
            super.take(k);
            change.accept(this);
          }
        };
  }

  static Supplier<ScalarBackend> count(IntUnaryOperator ofLength) {
    return () ->
        new ScalarBackend() {
          @Override
          int count(int length) {
            return ofLength.applyAsInt(length);
          }
        };
  }

  static Supplier<ScalarBackend> start(IntUnaryOperator ofOffset) {
    return () ->
        new ScalarBackend() {
          @Override
          int start(BackendBuffer<TypedArray> buffer) {
            return ofOffset.applyAsInt((int) buffer.offset());
          }
        };
  }
}
