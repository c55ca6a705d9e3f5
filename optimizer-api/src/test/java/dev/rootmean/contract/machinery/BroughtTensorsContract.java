package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wherever its tensors lie, and since when, an optimizer computes the same bits. */
public interface BroughtTensorsContract extends BackendUnderTest {
  /** The one optimizer has all in one buffer, the other brought, bound and late ones between. */
  @ParameterizedTest
  @CsvSource({"1, 1, false", "1, 4, false", "1, 1, true", "3, 1, true"})
  default void allTensorsAreSteppedAsIfTheyLayInOneRow(
      int microBatches, double lossScale, boolean clips) {
    GradientPolicy scaled = GradientPolicy.NONE.withLossScale(LossScale.constant(lossScale));
    GradientPolicy policy =
        (clips ? scaled.withNormClip(50) : scaled).withMicroBatches(microBatches);
    List<DeviceBuffer> taken = new ArrayList<>();
    try (Optimizer flat =
            begin(policy)
                .parameter("a", 7, 5)
                .parameter("b", 20_001)
                .parameter("c", 3)
                .parameter("d", 2)
                .group("plain", rule -> rule.momentum(0).centered(false))
                .parameter("e", 130)
                .parameter("f", 6)
                .group("late", rule -> rule)
                .parameter("g", 90)
                .group("later", rule -> rule.momentum(0).centered(false))
                .parameter("h", 17_000)
                .build();
        Optimizer mixed =
            begin(policy)
                .parameter("a", 7, 5)
                .parameter("b", take(taken, 20_001))
                .parameter("c", take(taken, 9).slice(5, 3))
                .parameter("d", 2)
                .group("plain", rule -> rule.momentum(0).centered(false))
                .parameter("e", 130)
                .parameter("f", take(taken, 6), 2, 3)
                .build()) {
      Map<String, List<DeviceBuffer>> bound = new HashMap<>();
      RandomGenerator random = new SplittableRandom(1);
      for (int batch = 0; batch < 60; batch++) {
        if (batch == 13) {
          mixed.add("g", "", take(taken, 90), 9, 10);
        } else if (batch == 32) {
          mixed.add("h", "plain", 17_000);
        }
        List<String> present = new ArrayList<>();
        for (String name : mixed.names()) {
          int length = (int) flat.gradient(name).length();
          double[] gradient = NumberKind.ORDINARY.take(type(), length, random.nextInt());
          Elements.write(flat.gradient(name), gradient);
          boolean isBound = "bcfg".contains(name) || (name.equals("e") && batch > 20);
          if (isBound) {
            List<DeviceBuffer> two =
                bound.computeIfAbsent(
                    name,
                    n -> List.of(take(taken, length), take(taken, length + 3).slice(1, length)));
            mixed.gradient(name, two.get(random.nextInt(2)));
          }
          Elements.write(mixed.gradient(name), gradient);
          if (random.nextInt(3) > 0) {
            present.add(name);
          }
        }
        assertEquals(flat.step(present), mixed.step(present), "batch " + batch);
      }
      assertEquals(flat.progress(), mixed.progress());
      if (clips) {
        assertEquals(flat.gradientNorm(), mixed.gradientNorm());
      }
      for (String name : mixed.names()) {
        RmsPropState expected = flat.state(name);
        RmsPropState found = mixed.state(name);
        assertSame(name, flat.parameter(name), mixed.parameter(name));
        assertSame(name + "'s v", expected.squareAverage(), found.squareAverage());
        expected
            .momentum()
            .ifPresent(b -> assertSame(name + "'s b", b, found.momentum().orElseThrow()));
      }
    } finally {
      taken.forEach(DeviceBuffer::close);
    }
  }

  private OptimizerBuilder begin(GradientPolicy policy) {
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    return Optimizer.builder(backend(), rule)
        .dataType(type())
        .policy(policy)
        .schedule(step -> rule.learningRate() / (step + 1));
  }

  private DeviceBuffer take(List<DeviceBuffer> taken, long length) {
    DeviceBuffer buffer = backend().allocate(type(), length);
    taken.add(buffer);
    return buffer;
  }

  private static void assertSame(String what, DeviceBuffer expected, DeviceBuffer found) {
    double[] values = new double[(int) expected.length()];
    Elements.read(expected, values);
    Bits.assertHolds(what, found, values);
  }
}
