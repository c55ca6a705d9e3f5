package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * What works in any type has to work in a new one: a loop over elements of a type that it does not
 * know may write nothing, or never end.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // an endless loop heeds no interrupt
class EveryTypeTest {
  /** One more than is filled, and than is staged, at a time. */
  private static final int LENGTH = (1 << 16) + 1;

  /** Each test closes its own: after a test that never ends, another thread could not close it. */
  private static OptimizerBackend open() {
    return ScalarDevice.open(new ScalarDevice());
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ALL, names = ".*FLOAT.*") // no whole number is a parameter
  void aStateStartsAsTheRuleSays(DataType type) {
    RmsProp rule = RmsProp.builder().initialSquareAverage(0.1).momentum(0.9).centered(true).build();
    double[] start = new double[LENGTH];
    Arrays.fill(start, type.round(0.1));
    try (OptimizerBackend backend = open();
        RmsPropState state = RmsPropState.allocate(backend, rule, type, LENGTH)) {
      Bits.assertHolds("v", state.squareAverage(), start);
      Bits.assertHolds("b", state.momentum().orElseThrow(), new double[LENGTH]);
      Bits.assertHolds("m", state.gradientAverage().orElseThrow(), new double[LENGTH]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDecisionStartsAsThePolicySays(DataType type) {
    GradientPolicy policy = GradientPolicy.NONE.withLossScale(GradientPolicy.LossScale.constant(8));
    try (OptimizerBackend backend = open();
        GradientDecision decision = GradientDecision.allocate(backend, policy, type, LENGTH)) {
      assertEquals(8, decision.lossScale());
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"BLOCK8", "SIGNED_BLOCK8"}) // no numbers alone
  void elementsComeAndGoAsBytes(DataType type) {
    double[] values = NumberKind.SPECIAL.take(type, LENGTH, 1);
    try (OptimizerBackend backend = open();
        DeviceBuffer buffer = backend.allocate(type, LENGTH)) {
      List<IntFunction<ByteBuffer>> memories =
          List.of(ByteBuffer::allocate, ByteBuffer::allocateDirect);
      for (IntFunction<ByteBuffer> memory : memories) {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
          ByteBuffer sent = memory.apply(LENGTH * type.bytes()).order(order);
          for (int i = 0; i < LENGTH; i++) {
            type.put(sent, i * type.bytes(), values[i]);
          }
          buffer.zero();
          buffer.write(0, sent);
          Bits.assertHolds("what was written", buffer, values);
          ByteBuffer back = memory.apply(LENGTH * type.bytes()).order(order);
          buffer.read(0, back);
          assertEquals(sent.rewind(), back.rewind());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"BLOCK8", "SIGNED_BLOCK8"}) // no numbers alone
  void elementsAreCopiedAndZeroed(DataType type) {
    double[] values = NumberKind.ORDINARY.take(type, LENGTH, 1);
    try (OptimizerBackend backend = open();
        DeviceBuffer source = backend.allocate(type, LENGTH);
        DeviceBuffer target = backend.allocate(type, LENGTH)) {
      Elements.write(source, values);
      target.slice(1, LENGTH - 2).copyFrom(source.slice(1, LENGTH - 2));
      double[] expected = values.clone();
      expected[0] = 0;
      expected[LENGTH - 1] = 0;
      Bits.assertHolds("the copy", target, expected);
      target.slice(2, LENGTH - 4).zero();
      Arrays.fill(expected, 2, LENGTH - 2, 0);
      Bits.assertHolds("the copy, zeroed but for its ends", target, expected);
      Bits.assertHolds("the source", source, values);
    }
  }
}
