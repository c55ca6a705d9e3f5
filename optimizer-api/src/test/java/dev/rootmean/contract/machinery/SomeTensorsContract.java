package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step by some tensors steps each of them as if it were alone, and leaves the others alone. */
public interface SomeTensorsContract extends BackendUnderTest {
  /** A tensor in buffers of its own, but for the gradient. */
  record Alone(RmsProp rule, DeviceBuffer params, DeviceBuffer grads, RmsPropState state)
      implements AutoCloseable {
    void step(OptimizerBackend backend, int step, GradientDecision decision) {
      double rate = rule.learningRate() / (step + 1);
      backend.step(rule.toBuilder().learningRate(rate).build(), params, grads, state, decision);
    }

    void assertHeldBy(Optimizer optimizer, String name) {
      RmsPropState found = optimizer.state(name);
      assertSame(name, params, optimizer.parameter(name));
      assertSame(name + "'s v", state.squareAverage(), found.squareAverage());
      state.momentum().ifPresent(b -> assertSame(name + "'s b", b, found.momentum().orElseThrow()));
      state
          .gradientAverage()
          .ifPresent(m -> assertSame(name + "'s m", m, found.gradientAverage().orElseThrow()));
    }

    private static void assertSame(String what, DeviceBuffer expected, DeviceBuffer found) {
      double[] values = new double[(int) expected.length()];
      Elements.read(expected, values);
      Bits.assertHolds(what, found, values);
    }

    @Override
    public void close() {
      state.close();
      params.close();
    }
  }

  /** Gradients of tensors that are not named are NaN, which no norm survives. */
  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "true, 3"})
  default void theNamedTensorsAreSteppedAndNoOther(boolean clips, int microBatches) {
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    RmsProp doubled = rule.toBuilder().momentum(0).learningRate(2 * rule.learningRate()).build();
    GradientPolicy clipping = clips ? GradientPolicy.NONE.withNormClip(50) : GradientPolicy.NONE;
    GradientPolicy policy = clipping.withMicroBatches(microBatches);
    Map<String, Alone> tensors = new HashMap<>();
    RandomGenerator random = new SplittableRandom(1);
    try (Optimizer optimizer =
            Optimizer.builder(backend(), rule)
                .parameter("a", 7, 5)
                .parameter("b", 3)
                .parameter("c", 20_000)
                .parameter("d", 1)
                .group("doubled", same -> doubled.toBuilder())
                .parameter("e", 130)
                .parameter("f", 6)
                .dataType(type())
                .policy(policy)
                .schedule(step -> rule.learningRate() / (step + 1))
                .build();
        DeviceBuffer all = backend().allocate(type(), optimizer.gradients().length());
        DeviceBuffer batch = backend().allocate(type(), all.length());
        GradientDecision decision =
            GradientDecision.allocate(backend(), policy, type(), all.length())) {
      for (String name : optimizer.names()) {
        RmsProp own = optimizer.state(name).momentum().isPresent() ? rule : doubled;
        long length = optimizer.parameter(name).length();
        tensors.put(
            name,
            new Alone(
                own,
                backend().allocate(type(), length),
                all.slice(optimizer.offset(name), length),
                RmsPropState.allocate(backend(), own, type(), length)));
      }
      int steps = 50 / microBatches;
      for (int step = 0; step < steps; step++) {
        Set<String> stepped = new HashSet<>();
        all.zero();
        for (int i = 0; i < microBatches; i++) {
          List<String> names = new ArrayList<>();
          batch.zero();
          for (String name : optimizer.names()) {
            int length = (int) optimizer.gradient(name).length();
            double[] grads = NumberKind.ORDINARY.take(type(), length, random.nextInt());
            if (random.nextInt(1 + microBatches) == 0) {
              names.add(0, name);
              Elements.write(batch, optimizer.offset(name), grads, 0, length);
            } else {
              grads[length / 2] = Double.NaN;
            }
            Elements.write(optimizer.gradient(name), grads);
          }
          all.add(batch);
          stepped.addAll(names);
          assertEquals(i + 1 == microBatches, optimizer.step(names));
        }
        backend().measure(all, decision);
        for (String name : stepped) {
          tensors.get(name).step(backend(), step, decision);
        }
        if (clips) {
          assertEquals(decision.norm(), optimizer.gradientNorm(), "norm of step " + step);
        }
      }
      assertEquals(steps, optimizer.stepCount());
      tensors.forEach((name, alone) -> alone.assertHeldBy(optimizer, name));
    } finally {
      tensors.values().forEach(Alone::close);
    }
  }
}
