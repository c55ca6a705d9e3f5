package dev.rootmean.contract.machinery;

import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.function.Supplier;

/** Mistakes with rows of tables. */
final class RowFaults {
  static final Supplier<Device<TypedArray>> LAST_DUPLICATE_WINS =
      planted(
          () ->
              new ScalarRows() {
                @Override
                double sum(Kernel kernel, double sum, double x) {
                  return x;
                }
              });

  /** As a sum would be whose parts are not rounded one after another. */
  static final Supplier<Device<TypedArray>> SUMS_BACKWARDS =
      planted(
          () ->
              new ScalarRows() {
                @Override
                int addend(int from, int end, int i) {
                  return end - 1 - (i - from);
                }
              });

  static final Supplier<Device<TypedArray>> ROW_IN_16_BITS =
      planted(
          () ->
              new ScalarRows() {
                @Override
                int first(int row, int width) {
                  return row * width & 0xFFFF;
                }
              });

  static final Supplier<Device<TypedArray>> PLACE_WITHOUT_THE_ROW =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                long advanced(int first) {
                  return 0;
                }
              });

  /** The first row decays in each step, whether it is touched or not. */
  static final Supplier<Device<TypedArray>> OTHER_ROWS_DECAY = OtherRowsDecay::new;

  private RowFaults() {}

  private static Supplier<Device<TypedArray>> planted(Supplier<ScalarRows> rows) {
    return () -> new ScalarDevice(new ScalarStep(), new ScalarPolicy(), rows.get());
  }

  private static final class OtherRowsDecay extends Wrapped<TypedArray> {
    OtherRowsDecay() {
      super(new ScalarDevice());
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      if (kernel.text().equals("step_rows")) {
        int v = kernel.row("v");
        double decay = numbers.get(kernel.numbers().indexOf("decay"));
        int last = (int) rows.offset(v) + rows.width() - 1;
        rows.memory(v).set(last, decay * rows.memory(v).get(last));
      }
      super.launch(kernel, numbers, rows);
    }
  }
}
