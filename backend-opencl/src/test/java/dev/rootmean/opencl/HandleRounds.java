package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.CheckedSteps;
import dev.rootmean.contract.NamedRule;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A child JVM's main class: misuses handles, round after round, in ways of which JOCL alone would
 * crash. The arguments say how many rounds; every 50th opens a backend of its own to close it.
 */
final class HandleRounds {
  private static final int LENGTH = 300;
  private static final RmsProp RULE = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();

  private static final ExecutorService OTHER = Executors.newSingleThreadExecutor();

  /** All that a step takes. */
  private record Tensor(
      OptimizerBackend backend, DeviceBuffer params, DeviceBuffer grads, RmsPropState state) {
    static Tensor on(OptimizerBackend backend) {
      return new Tensor(
          backend,
          backend.allocate(FLOAT32, LENGTH),
          backend.allocate(FLOAT32, LENGTH),
          RmsPropState.allocate(backend, RULE, FLOAT32, LENGTH));
    }

    void step() {
      backend.step(RULE, params, grads, state);
    }

    void close() {
      params.close();
      grads.close();
      state.close();
    }

    void mustRefuse() {
      refused(this::step);
      refused(() -> params.read(new float[LENGTH]));
      refused(() -> params.write(new float[LENGTH]));
      refused(() -> params.slice(0, 1));
    }
  }

  private HandleRounds() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    try (OptimizerBackend shared = open()) {
      for (int round = 0; round < rounds; round++) {
        if (round % 100 == 50) {
          closedBackend();
        } else if (round % 100 == 0) {
          backendClosedDuringSteps();
        } else {
          switch (round % 4) {
            case 0 -> closedTwice(shared);
            case 1 -> usedAfterClose(shared);
            case 2 -> sliceOfAClosedBuffer(shared);
            default -> closedDuringSteps(shared, round);
          }
        }
      }
      CheckedSteps.everyVariant(shared, LENGTH);
    }
    OTHER.shutdown();
    System.out.println("rounds: " + rounds);
  }

  private static OptimizerBackend open() {
    return new OpenClProvider().open(Pocl.DEVICE);
  }

  private static void closedTwice(OptimizerBackend backend) {
    Tensor tensor = Tensor.on(backend);
    DeviceBuffer slice = tensor.params.slice(1, 2);
    tensor.step();
    for (int i = 0; i < 2; i++) {
      slice.close();
      tensor.close();
    }
  }

  private static void usedAfterClose(OptimizerBackend backend) {
    Tensor tensor = Tensor.on(backend);
    tensor.step();
    tensor.close();
    tensor.mustRefuse();
  }

  private static void sliceOfAClosedBuffer(OptimizerBackend backend) {
    Tensor tensor = Tensor.on(backend);
    DeviceBuffer slice = tensor.params.slice(10, 20);
    DeviceBuffer grads = tensor.grads.slice(10, 20);
    RmsPropState state = tensor.state.slice(10, 20);
    backend.step(RULE, slice, grads, state);
    tensor.params.close();
    refused(() -> backend.step(RULE, slice, grads, state));
    refused(() -> slice.read(new float[20]));
    refused(() -> slice.write(new float[20]));
    slice.close();
    tensor.close();
  }

  private static void closedDuringSteps(OptimizerBackend backend, int round) throws Exception {
    Tensor tensor = Tensor.on(backend);
    Future<?> steps = stepsUntilRefused(tensor);
    switch (round % 3) {
      case 0 -> tensor.params.close();
      case 1 -> tensor.grads.close();
      default -> tensor.state.close();
    }
    steps.get();
    tensor.close();
  }

  private static void backendClosedDuringSteps() throws Exception {
    OptimizerBackend backend = open();
    Tensor tensor = Tensor.on(backend);
    Future<?> steps = stepsUntilRefused(tensor);
    backend.close();
    steps.get();
    tensor.mustRefuse();
    tensor.close();
  }

  private static void closedBackend() {
    OptimizerBackend backend = open();
    Tensor tensor = Tensor.on(backend);
    backend.close();
    tensor.mustRefuse();
    refused(() -> backend.allocate(FLOAT32, 1).close());
    refused(backend::synchronize);
    tensor.close();
    backend.close();
  }

  /** Returns once the other thread has made a step; it goes on until it is refused one. */
  private static Future<?> stepsUntilRefused(Tensor tensor) throws InterruptedException {
    CountDownLatch stepped = new CountDownLatch(1);
    Future<?> steps =
        OTHER.submit(
            () ->
                refused(
                    () -> {
                      while (true) {
                        tensor.step();
                        stepped.countDown();
                      }
                    }));
    stepped.await();
    return steps;
  }

  private static void refused(Runnable call) {
    try {
      call.run();
    } catch (IllegalStateException e) {
      return;
    }
    throw new AssertionError("was not refused");
  }
}
