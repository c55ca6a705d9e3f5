package dev.rootmean.contract.machinery;

import dev.rootmean.DataType;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Rows;
import java.util.function.Supplier;

/** Mistakes with rows that are stored in fewer bits than a step computes in. */
final class PrecisionFaults {
  static final Supplier<Device<TypedArray>> HALF_OF_THE_BITS_LOST =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double load(double grad, DataType type) {
                  int bits = Float.floatToRawIntBits((float) grad);
                  return type == DataType.BFLOAT16 ? Float.intBitsToFloat(bits & 0xFF800000) : grad;
                }
              });

  static final Supplier<Device<TypedArray>> OFFSET_HALVED =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                int start(Row row, int offset) {
                  return row.type() == DataType.BFLOAT16 ? offset / 2 : offset;
                }
              });

  static final Supplier<Device<TypedArray>> NEAREST_FOR_RANDOM =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double rounded(double x, DataType kept, long key, long place, String row) {
                  return nearest(x, kept);
                }
              });

  static final Supplier<Device<TypedArray>> TIES_UP =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double nearest(double x, DataType kept) {
                  return super.nearest(Math.nextUp(x), kept);
                }
              });

  /** As if the attempt, or the seed, were no part of it. */
  static final Supplier<Device<TypedArray>> FIRST_KEY_KEPT =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                private boolean taken;
                private long first;

                @Override
                double rounded(double x, DataType kept, long key, long place, String row) {
                  first = taken ? first : key;
                  taken = true;
                  return super.rounded(x, kept, first, place, row);
                }
              });

  static final Supplier<Device<TypedArray>> PLACES_IN_32_BITS =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double rounded(double x, DataType kept, long key, long place, String row) {
                  return super.rounded(x, kept, key, place & 0xFFFF_FFFFL, row);
                }
              });

  static final Supplier<Device<TypedArray>> ROWS_ROUNDED_ALIKE =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double rounded(double x, DataType kept, long key, long place, String row) {
                  return super.rounded(x, kept, key, place, "p");
                }
              });

  /** As if a slice began where its buffer does. */
  static final Supplier<Device<TypedArray>> PLACE_OF_THE_BUFFER =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                long place(Kernel kernel, Rows<TypedArray> rows) {
                  return rows.place() - rows.offset(kernel.row("v"));
                }
              });

  static final Supplier<Device<TypedArray>> REMAINDER_WITHOUT_SIGN =
      Planting.arithmetic(
          () ->
              new ScalarStep() {
                @Override
                double joined(double high, double low) {
                  return super.joined(high, (int) low & 0xFFFF);
                }
              });

  private PrecisionFaults() {}
}
