package dev.rootmean.cpu;

import static dev.rootmean.spi.DecisionField.FACTOR;
import static dev.rootmean.spi.DecisionField.GOOD_STEPS;
import static dev.rootmean.spi.DecisionField.LOSS_SCALE;
import static dev.rootmean.spi.DecisionField.NORM;
import static dev.rootmean.spi.DecisionField.SKIP;
import static dev.rootmean.spi.DecisionField.SKIPPED;
import static dev.rootmean.spi.DecisionField.SKIPPED_IN_A_ROW;

import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;

/** What {@link dev.rootmean.GradientPolicy} makes of the chunks' sums, in floats. */
final class FloatDecision implements Loops {
  private static final int SUMS = 0;
  private static final int DECISION = 1;

  private float normClip;
  private float normClipEpsilon;
  private float microBatches;
  private float growth;
  private float backoff;
  private float growthInterval;
  private float least;
  private boolean skipping;

  @Override
  public boolean begin(Numbers numbers, Rows<CpuMemory> rows, long elements) {
    normClip = (float) numbers.get(0); // in the order of the kernel's numbers
    normClipEpsilon = (float) numbers.get(1);
    microBatches = (float) numbers.get(2);
    growth = (float) numbers.get(3);
    backoff = (float) numbers.get(4);
    growthInterval = (float) numbers.get(5);
    least = (float) numbers.get(6);
    skipping = numbers.get(7) != 0;
    return true;
  }

  @Override
  public int scratches() {
    return 2;
  }

  @Override
  public void run(Span span) {
    Rows<CpuMemory> rows = span.rows();
    decide(rows, sum(rows, (float[]) span.scratch(0), (float[]) span.scratch(1)));
  }

  /** By the lanes of one chunk, however many the sums are. */
  private static float sum(Rows<CpuMemory> rows, float[] lanes, float[] part) {
    int used = (int) Math.min(Kernel.LANES, rows.length());
    FloatSquares.clear(lanes, 0, used);
    int count;
    for (long i = 0; i < rows.length(); i += count) {
      count = (int) Math.min(Kernel.LANES, rows.length() - i);
      rows.memory(SUMS).gather(rows.offset(SUMS) + i, part, 0, count);
      for (int lane = 0; lane < count; lane++) {
        lanes[lane] = lanes[lane] + part[lane];
      }
    }
    FloatSquares.fold(lanes, 0, used);
    return lanes[0];
  }

  private void decide(Rows<CpuMemory> rows, float sum) {
    float lossScale = get(rows, DECISION, LOSS_SCALE);
    float inverse = 1 / (lossScale * microBatches);
    float norm = (float) Math.sqrt(sum) * inverse;
    boolean finite = Math.abs(norm) < Float.POSITIVE_INFINITY;
    float factor = inverse;
    float next = lossScale;
    float good = 0;
    if (finite) {
      float divisor = norm + normClipEpsilon;
      if (divisor > normClip) {
        factor = inverse * (normClip / divisor);
      }
      good = get(rows, DECISION, GOOD_STEPS) + 1;
      if (good >= growthInterval) {
        next = lossScale * growth;
        good = 0;
      }
    } else {
      next = Math.max(lossScale * backoff, least);
    }
    boolean skip = !finite && skipping;
    set(rows, FACTOR, factor);
    set(rows, SKIP, skip ? 1 : 0);
    set(rows, NORM, norm);
    set(rows, GOOD_STEPS, good);
    float nextInverse = 1 / (next * microBatches);
    if (nextInverse > 0 && nextInverse < Float.POSITIVE_INFINITY) {
      set(rows, LOSS_SCALE, next);
    }
    set(rows, SKIPPED, get(rows, DECISION, SKIPPED) + (skip ? 1 : 0));
    set(rows, SKIPPED_IN_A_ROW, skip ? get(rows, DECISION, SKIPPED_IN_A_ROW) + 1 : 0);
  }

  static float get(Rows<CpuMemory> rows, int row, DecisionField field) {
    long element = rows.offset(row) + field.index();
    return ((float[]) rows.memory(row).page(element))[Pages.index(element)];
  }

  private static void set(Rows<CpuMemory> rows, DecisionField field, float value) {
    set(rows, DECISION, field.index(), value);
  }

  static void set(Rows<CpuMemory> rows, int row, long index, float value) {
    long element = rows.offset(row) + index;
    ((float[]) rows.memory(row).page(element))[Pages.index(element)] = value;
  }
}
