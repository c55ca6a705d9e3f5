package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Precision;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of rows are summed as the Javadoc of {@link RowGradients} says, bit for bit. */
public interface RowSumsContract extends BackendUnderTest {
  private RowTrial summed(NamedRule rule, int rows, int width) {
    return new RowTrial(backend(), Precision.of(type()), rule, rows, width);
  }

  /** Alone, with few others, and with more of others behind it than are summed in a chunk. */
  @ParameterizedTest
  @ValueSource(ints = {2, 63, 64, 65, 128, 129, 4_096, 4_097, 262_145})
  default void equalRowsAreSummedInOneOrder(int count) {
    boolean isLong = count > 5_000;
    for (int width : isLong ? new int[] {1} : new int[] {1, 5}) {
      for (int others : isLong ? new int[] {200} : new int[] {0, 1, 200}) {
        int[] numbers = new int[count + others];
        Arrays.fill(numbers, 7);
        for (int i = 0; i < others; i++) {
          numbers[i * (count / Math.max(1, others)) % numbers.length] = i % 13;
        }
        try (RowTrial trial = summed(NamedRule.NESTEROV, 20, width)) {
          double[] values = NumberKind.ORDINARY.take(type(), numbers.length * width, count);
          trial.step(numbers, values).check();
          Map<Integer, double[]> sums = RowTrial.sums(type(), numbers, values, width);
          Bits.assertHolds(
              "sums",
              trial.grads().sums(),
              sums.values().stream().flatMapToDouble(Arrays::stream).toArray());
          assertEquals(sums.size(), trial.grads().distinct());
          assertEquals(numbers.length, trial.grads().count());
        }
      }
    }
  }

  @Test
  default void theOrderOfOtherRowsDoesNotMatter() {
    int width = 5;
    int[] numbers = {9, 2, 9, 4, 0, 9, 2};
    int[] others = {0, 2, 9, 2, 9, 9, 4};
    int[] from = {4, 1, 0, 6, 2, 5, 3};
    double[] values = NumberKind.ORDINARY.take(type(), numbers.length * width, 1);
    double[] moved = new double[values.length];
    for (int i = 0; i < from.length; i++) {
      System.arraycopy(values, from[i] * width, moved, i * width, width);
    }
    try (RowTrial one = summed(NamedRule.NESTEROV, 10, width);
        RowTrial other = summed(NamedRule.NESTEROV, 10, width)) {
      one.step(numbers, values).check();
      other.step(others, moved).check();
      assertArrayEquals(one.params().expected(), other.params().expected());
    }
  }

  /** Whether they were made before, or are made by the step, or not at all. */
  @Test
  default void theSumsAreWhatAStepTakes() {
    int width = 9;
    for (int[] numbers : new int[][] {{5, 0, 3}, {5, 0, 5}}) {
      double[] values = NumberKind.ORDINARY.take(type(), numbers.length * width, 1);
      try (RowTrial trial = summed(NamedRule.PLAIN, 6, width);
          RowTrial other = summed(NamedRule.PLAIN, 6, width)) {
        trial.step(numbers, values).check();
        RowTrial.add(other.grads(), numbers, values);
        DeviceBuffer sums = other.grads().sums();
        assertEquals((long) other.grads().distinct() * width, sums.length());
        backend()
            .stepRows(NamedRule.PLAIN.rule(), other.params().part(), other.grads(), other.state());
        Bits.assertHolds("params", other.params().part(), trial.params().expected());
        Bits.assertHolds("sums after a step", trial.grads().sums(), elements(sums));
        Bits.assertHolds("sums again", other.grads().sums(), elements(sums));
        RowTrial.add(other.grads(), new int[] {5}, new double[width]);
        assertEquals(numbers.length + 1, other.grads().count(), "none is lost");
      }
    }
  }

  private static double[] elements(DeviceBuffer buffer) {
    double[] found = new double[(int) buffer.length()];
    Elements.read(buffer, found);
    return found;
  }

  /** From the host or the device, whole or in parts, by numbers of 32 or 64 bits. */
  @Test
  default void gradientsComeAsTheyAre() {
    int[] numbers = {8, 0, 8};
    long[] longNumbers = {8, 0, 8};
    double[] values = NumberKind.ORDINARY.take(type(), 12, 1);
    double[] expected = new double[8];
    Map<Integer, double[]> sums =
        RowTrial.sums(type(), new int[] {8, 0, 8, 8, 0, 8, 8, 0, 8}, repeated(values), 4);
    System.arraycopy(sums.get(0), 0, expected, 0, 4);
    System.arraycopy(sums.get(8), 0, expected, 4, 4);
    try (DeviceBuffer buffer = backend().allocate(type(), 15);
        RowGradients grads = backend().allocateRows(type(), 9, 4)) {
      DeviceBuffer part = buffer.slice(3, 12);
      Elements.write(part, values);
      grads.add(numbers, part);
      grads.add(longNumbers, part);
      if (type() == DataType.FLOAT64) {
        grads.add(longNumbers, values);
      } else {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = (float) values[i];
        }
        grads.add(longNumbers, floats);
      }
      part.zero(); // after it is copied
      Bits.assertHolds("sums", grads.sums(), expected);
    }
  }

  private static double[] repeated(double[] values) {
    double[] all = Arrays.copyOf(values, 3 * values.length);
    System.arraycopy(values, 0, all, values.length, values.length);
    System.arraycopy(values, 0, all, 2 * values.length, values.length);
    return all;
  }

  /** Each begins a chunk of its own. */
  @Test
  default void severalBuffersAreMeasuredTogether() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(3);
    int[] lengths = {5, 16_385, 16_384, 1, 70_001};
    ReferencePolicy reference = new ReferencePolicy(type(), policy);
    double[][] grads = new double[lengths.length][];
    DeviceBuffer[] buffers = new DeviceBuffer[lengths.length];
    try (GradientDecision decision =
        GradientDecision.allocate(backend(), policy, type(), 10 * 16_384)) {
      for (int i = 0; i < lengths.length; i++) {
        grads[i] = NumberKind.ORDINARY.take(type(), lengths[i], i);
        buffers[i] = backend().allocate(type(), lengths[i]);
        Elements.write(buffers[i], grads[i]);
      }
      backend().measure(List.of(buffers), decision);
      reference.measure(grads);
      reference.assertHeldBy(decision, Arrays.toString(lengths));
    } finally {
      Arrays.stream(buffers).forEach(DeviceBuffer::close);
    }
  }
}
