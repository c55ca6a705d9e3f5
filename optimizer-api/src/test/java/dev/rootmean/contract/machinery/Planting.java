package dev.rootmean.contract.machinery;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.KeptRows;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Rows;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/** Ways to plant a fault, in a step's arithmetic or around a device. */
final class Planting {
  private Planting() {}

  /** One step: what it works on, and how to run it. */
  record Step(Kernel kernel, Numbers numbers, Rows<TypedArray> rows, Consumer<Step> rightly) {
    void run() {
      rightly.accept(this);
    }

    /** Null if the kernel has no such row. */
    TypedArray memory(String row) {
      int place = kernel.row(row);
      return place < 0 ? null : rows.memory(place);
    }

    int offset(String row) {
      return (int) rows.offset(kernel.row(row));
    }

    int length() {
      return (int) rows.length();
    }

    void runWithoutWriting(String row) {
      TypedArray memory = memory(row);
      if (memory == null) {
        run();
        return;
      }
      TypedArray before = memory.copy();
      run();
      memory.copyFrom(before, 0, 0, before.length());
    }
  }

  /** A device that does something else, or something more, where it should step. */
  abstract static class Stepping extends Wrapped<TypedArray> {
    Stepping() {
      super(new ScalarDevice());
    }

    abstract void step(Step step);

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      if (kernel.text().equals("rmsprop")) {
        step(new Step(kernel, numbers, rows, s -> super.launch(s.kernel(), s.numbers(), s.rows())));
      } else {
        super.launch(kernel, numbers, rows);
      }
    }
  }

  static Supplier<Device<TypedArray>> stepping(Consumer<Step> wrongly) {
    return () ->
        new Stepping() {
          @Override
          void step(Step step) {
            wrongly.accept(step);
          }
        };
  }

  static Supplier<Device<TypedArray>> arithmetic(Supplier<ScalarStep> step) {
    return () -> new ScalarDevice(step.get(), new ScalarPolicy(), new ScalarRows());
  }

  static Supplier<Device<TypedArray>> sums(Supplier<ScalarPolicy> policy) {
    return () -> new ScalarDevice(new ScalarStep(), policy.get(), new ScalarRows());
  }

  static Supplier<Device<TypedArray>> coefficients(Consumer<ScalarStep> change) {
    return arithmetic(
        () ->
            new ScalarStep() {
              @Override
              void take(Kernel kernel, Numbers k) {
                super.take(kernel, k);
                change.accept(this);
              }
            });
  }

  static Supplier<Device<TypedArray>> count(IntUnaryOperator ofLength) {
    return arithmetic(
        () ->
            new ScalarStep() {
              @Override
              int count(int length) {
                return ofLength.applyAsInt(length);
              }
            });
  }

  static Supplier<Device<TypedArray>> start(IntUnaryOperator ofOffset) {
    return arithmetic(
        () ->
            new ScalarStep() {
              @Override
              int start(Row row, int offset) {
                return ofOffset.applyAsInt(offset);
              }
            });
  }

  /** A device that takes one kernel for another, or one row for another. */
  static Supplier<Device<TypedArray>> confusing(Consumer<Confusion> confusion) {
    return stepping(
        step -> {
          Confusion confused = new Confusion(step.kernel(), step.rows());
          confusion.accept(confused);
          step.rightly()
              .accept(new Step(confused.kernel, step.numbers(), confused.rows, step.rightly()));
        });
  }

  /** What is launched instead. */
  static final class Confusion {
    Kernel kernel;
    Rows<TypedArray> rows;

    Confusion(Kernel kernel, Rows<TypedArray> rows) {
      this.kernel = kernel;
      this.rows = rows;
    }

    /** Exchanges two rows, where the kernel has both. */
    void exchange(String one, String other) {
      int a = kernel.row(one);
      int b = kernel.row(other);
      if (a >= 0 && b >= 0) {
        int[] order = new int[rows.count()];
        for (int i = 0; i < order.length; i++) {
          order[i] = i == a ? b : i == b ? a : i;
        }
        rows = KeptRows.of(rows, order);
      }
    }

    /** Takes the kernel that has all of this one's rows but the last. */
    void forgetTheLastRow() {
      for (Kernel shorter : Kernels.all()) {
        if (shorter.text().equals(kernel.text())
            && shorter.rows().equals(kernel.rows().subList(0, rows.count() - 1))) {
          kernel = shorter;
          return;
        }
      }
    }
  }
}
