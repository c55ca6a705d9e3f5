package dev.rootmean.contract.machinery;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.Backends;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A child JVM's main class: in each round several threads use what another one closes under them,
 * in ever other orders. All that they may meet is an {@link IllegalStateException}.
 */
public final class CloseRaces {
  private static final int LENGTH = 300;
  private static final int WIDTH = 30;
  private static final RmsProp RULE = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
  private static final GradientPolicy POLICY = GradientPolicy.NONE.withNormClip(1);

  /** One round in so many has a backend of its own, which is closed too. */
  private static final int OWN_BACKEND = 10;

  private static final long LONGEST_PAUSE_NANOS = 50_000;

  private final Random random = new Random(1);
  private final ExecutorService others = Executors.newCachedThreadPool();

  private CloseRaces() {}

  /**
   * Plays them.
   *
   * @param arguments the backend, how many rounds, and for how many seconds at most
   */
  public static void main(String[] arguments) throws Exception {
    new CloseRaces()
        .play(arguments[0], Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
  }

  private void play(String selector, int rounds, long seconds) throws Exception {
    int round = 0;
    try (OptimizerBackend shared = Backends.open(selector)) {
      long start = System.nanoTime(); // not before: to open may take as long on a busy machine
      for (; round < rounds && System.nanoTime() - start < seconds * 1_000_000_000; round++) {
        boolean isOwn = round % OWN_BACKEND == 0;
        play(isOwn ? Backends.open(selector) : shared, isOwn);
      }
      CheckedSteps.everyVariant(shared, LENGTH);
    }
    others.shutdown();
    System.out.println("rounds: " + round);
  }

  @SuppressWarnings("MustBeClosed") // closed in an order of their own
  private void play(OptimizerBackend backend, boolean isOwn) throws Exception {
    DeviceBuffer params = backend.allocate(FLOAT32, LENGTH);
    DeviceBuffer grads = backend.allocate(FLOAT32, LENGTH);
    RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH);
    GradientDecision decision = GradientDecision.allocate(backend, POLICY, FLOAT32, LENGTH);
    Optimizer optimizer =
        Optimizer.builder(backend, RULE)
            .policy(POLICY)
            .parameter("a", LENGTH)
            .group("b", rule -> rule.momentum(0).nesterov(false))
            .parameter("b", LENGTH)
            .sparseParameter("table", LENGTH / WIDTH, WIDTH)
            .build();
    MultiTensorStep step = backend.multiTensorStep();
    int half = LENGTH / 2;
    step.add(params.slice(0, half), grads.slice(0, half), state.slice(0, half));
    step.add(params.slice(half, half), grads.slice(half, half), state.slice(half, half));
    DeviceBuffer seen = optimizer.parameter("b");
    float[] values = new float[LENGTH];
    RowGradients rows = backend.allocateRows(FLOAT32, LENGTH / WIDTH, WIDTH);
    int[] numbers = {3, 1, 3};
    float[] ofRows = new float[numbers.length * WIDTH];

    List<Runnable> uses =
        List.of(
            () -> {
              optimizer.gradientRows("table", numbers, ofRows);
              optimizer.step();
              optimizer.zeroGradients();
              optimizer.progress();
            },
            () -> {
              rows.add(numbers, ofRows);
              backend.stepRows(RULE, params, rows, state);
              rows.sums().read(new float[2 * WIDTH]);
              rows.clear();
            },
            () -> {
              seen.read(new float[LENGTH]);
              optimizer.gradient("a").write(values);
            },
            () -> {
              backend.measure(grads, decision);
              backend.step(RULE, params, grads, state, decision);
              decision.norm();
            },
            () -> {
              grads.write(values);
              params.read(new float[LENGTH]);
              params.copyFrom(grads);
              params.add(grads);
              grads.zero();
            },
            () -> {
              step.step(RULE, 0);
              backend.allocate(FLOAT32, 1).close();
              backend.synchronize();
            });
    List<Runnable> closes =
        new ArrayList<>(
            List.of(
                params::close,
                grads::close,
                state::close,
                decision::close,
                rows::close,
                optimizer::close));
    if (isOwn) {
      closes.add(backend::close);
    }
    race(uses, closes);
  }

  private void race(List<Runnable> uses, List<Runnable> closes) throws Exception {
    CountDownLatch used = new CountDownLatch(uses.size());
    List<Future<?>> ends = new ArrayList<>();
    for (Runnable use : uses) {
      ends.add(others.submit(() -> useUntilRefused(use, used)));
    }
    used.await();
    Collections.shuffle(closes, random);
    for (Runnable close : closes) {
      long pause = System.nanoTime() + random.nextLong(LONGEST_PAUSE_NANOS);
      while (System.nanoTime() < pause) {
        Thread.onSpinWait();
      }
      close.run();
    }
    for (Future<?> end : ends) {
      end.get(); // throws what has ended it, unless that was a refusal
    }
  }

  private static void useUntilRefused(Runnable use, CountDownLatch used) {
    try {
      while (true) {
        use.run();
        used.countDown();
      }
    } catch (IllegalStateException e) {
      // as it is to be
    } finally {
      used.countDown();
    }
  }
}
