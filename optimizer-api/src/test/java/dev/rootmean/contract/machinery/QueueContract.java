package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ReferenceStep;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** One queue, in order, for every thread; and a step costs no garbage. */
public interface QueueContract extends BackendUnderTest {
  /** Long enough that an asynchronous step is not done when its call returns. */
  int LONG = 200_003;

  @Test
  default void aReadSeesTheStepsBeforeIt() {
    try (Trial trial =
        new Trial(backend(), type(), NamedRule.MOMENTUM_CENTERED, LONG, Layout.WHOLE)) {
      for (int i = 0; i < 3; i++) {
        trial.steps(3, NumberKind.ORDINARY).check();
      }
    }
  }

  @Test
  default void aWriteDoesNotReachTheStepsBeforeIt() {
    try (Trial trial =
        new Trial(backend(), type(), NamedRule.MOMENTUM_CENTERED, LONG, Layout.WHOLE)) {
      trial.steps(2, NumberKind.ORDINARY);
      trial.grads().write(NumberKind.HUGE.take(type(), LONG, 1));
      trial.check();
      trial.steps(1, NumberKind.ORDINARY);
      trial.params().write(NumberKind.HUGE.take(type(), LONG, 2));
      trial.check();
    }
  }

  @Test
  default void gradientsMayBeClosedRightAfterTheStep() {
    double[] p = NumberKind.ORDINARY.take(type(), LONG, 1);
    double[] g = NumberKind.ORDINARY.take(type(), LONG, 2);
    try (Trial trial = new Trial(backend(), type(), NamedRule.DECAY_ZERO, LONG, Layout.WHOLE)) {
      trial.params().write(p);
      try (DeviceBuffer grads = backend().allocate(type(), LONG)) {
        Elements.write(grads, g);
        backend().step(trial.rule(), trial.params().part(), grads, trial.state());
      }
      try (DeviceBuffer reused = backend().allocate(type(), LONG)) {
        Elements.write(reused, NumberKind.HUGE.take(type(), LONG, 3));
        new ReferenceStep(type(), trial.rule())
            .step(p, g, new double[LONG], new double[LONG], new double[LONG]);
        Bits.assertHolds("params", trial.params().part(), p);
      }
    }
  }

  @Test
  default void synchronizeChangesNothing() {
    backend().synchronize();
    try (Trial trial = new Trial(backend(), type(), NamedRule.NESTEROV, LONG, Layout.WHOLE)) {
      trial.steps(2, NumberKind.ORDINARY);
      backend().synchronize();
      backend().synchronize();
      trial.check();
    }
  }

  @Test
  default void theQueueStaysWhereItIs() {
    long queue = backend().nativeQueue();
    try (OptimizerBackend another = openAnother()) {
      assertEquals(queue == 0, another.nativeQueue() == 0);
    }
    assertEquals(queue, backend().nativeQueue());
  }

  @Test
  default void twoBackendsDoNotDisturbEachOther() {
    try (Trial here = new Trial(backend(), type(), NamedRule.NESTEROV, 20_000, Layout.GUARDED)) {
      try (OptimizerBackend another = openAnother();
          Trial there = new Trial(another, type(), NamedRule.CENTERED, 20_000, Layout.GUARDED)) {
        for (int i = 0; i < 3; i++) {
          here.steps(1, NumberKind.ORDINARY);
          there.steps(1, NumberKind.ORDINARY);
        }
        here.check();
        there.check();
      }
      here.steps(1, NumberKind.ORDINARY).check();
    }
  }

  @Test
  default void threadsTakeTurns() throws Exception {
    List<Callable<Trial>> users = new ArrayList<>();
    for (NamedRule rule : NamedRule.VARIANTS) {
      users.add(
          () -> {
            try (Trial trial = new Trial(backend(), type(), rule, 20_000, Layout.GUARDED)) {
              for (int i = 0; i < 10; i++) {
                trial.steps(2, NumberKind.ORDINARY).check();
              }
              return trial;
            }
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(users.size());
    try {
      for (Future<Trial> user : threads.invokeAll(users)) {
        user.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  default void stepsAllocateNothing() {
    for (NamedRule rule : NamedRule.VARIANTS) {
      try (Trial trial = new Trial(backend(), type(), rule, 100, Layout.GUARDED)) {
        long least =
            JavaHeap.least(
                20,
                1000,
                i ->
                    backend()
                        .step(
                            trial.rule(),
                            trial.params().part(),
                            trial.grads().part(),
                            trial.state()),
                backend()::synchronize);
        assertEquals(0, least, "bytes on the Java heap for 1000 steps of " + rule);
      }
    }
  }

  /** As an optimizer with many groups does it: each has a rule and accumulators of its own. */
  @Test
  default void stepsByManyRulesAllocateNothing() {
    List<RmsProp> rules = new ArrayList<>();
    List<RmsPropState> states = new ArrayList<>();
    try (DeviceBuffer params = backend().allocate(type(), 8);
        DeviceBuffer grads = backend().allocate(type(), 8)) {
      for (int i = 0; i < 100; i++) {
        rules.add(RmsProp.builder().learningRate(0.01 * (i + 1)).build());
        states.add(RmsPropState.allocate(backend(), rules.get(i), type(), 8));
      }
      long least =
          JavaHeap.least(
              20,
              10 * rules.size(),
              i -> {
                int group = i % rules.size();
                backend().step(rules.get(group), params, grads, states.get(group));
              },
              backend()::synchronize);
      assertEquals(0, least, "bytes on the Java heap for 1000 steps by 100 rules in turn");
    } finally {
      states.forEach(RmsPropState::close);
    }
  }
}
