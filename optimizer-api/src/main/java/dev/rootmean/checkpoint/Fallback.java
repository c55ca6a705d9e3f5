package dev.rootmean.checkpoint;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DeviceLostException;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.events.FlightRecording;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training that goes on, on the next backend, when a device is lost: from a snapshot in the
 * host's memory, with the same bits as if nothing had been lost.
 *
 * <pre>{@code
 * Fallback.on("cuda", "opencl", "cpu")
 *     .snapshotEvery(100)
 *     .train(
 *         backend -> Optimizer.builder(backend, rule).parameter("w", 128, 64).build(),
 *         10_000,
 *         (optimizer, step) -> {
 *           optimizer.gradient("w").write(gradientOf(optimizer, step));
 *           optimizer.step();
 *         },
 *         optimizer -> optimizer.parameter("w").read(result));
 * }</pre>
 *
 * <p>Without it a {@link DeviceLostException} is the caller's. Any other exception ends the
 * training here too. What happens is told in the log: each backend that is taken, each that cannot
 * be used and why, and for a loss, as a warning, what was lost, and from which step to which the
 * training goes back. Steps since the snapshot are taken again, so a step must do the same each
 * time that it is given the same number: what it reads, it reads by that number, and what it writes
 * elsewhere, such as a log of its own, may be written twice. It sets each gradient it steps by.
 *
 * <p>A snapshot takes as long as reading parameters and accumulators from the device; two of them
 * are kept in direct buffers, as a device may be lost in the middle of one. They are allocated
 * before the first step, but for those of tensors that come later and of gathered micro-batches;
 * {@code -XX:MaxDirectMemorySize} must leave room for them. Where tables are given rows in
 * micro-batches, {@link #snapshotEvery} must be a multiple of their number: rows that wait for
 * their step are in no snapshot, and to take one then is an {@link IllegalStateException}.
 *
 * @since 0.1.0
 */
public final class Fallback {
  private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);
  private static final long DEFAULT_INTERVAL = 100;

  private final List<String> selectors;
  private final long interval;
  private final Function<String, OptimizerBackend> opening;

  /**
   * How a training begins.
   *
   * @param <E> what it throws, {@link RuntimeException} if nothing is checked
   */
  @FunctionalInterface
  public interface Start<E extends Exception> {
    /**
     * Makes the optimizer.
     *
     * @param backend where; closed after the optimizer
     * @return with its first parameters, or with what a checkpoint has
     * @throws E what ends the training
     */
    Optimizer make(OptimizerBackend backend) throws E;
  }

  /**
   * A step of a training.
   *
   * @param <E> what it throws, {@link RuntimeException} if nothing is checked
   */
  @FunctionalInterface
  public interface Step<E extends Exception> {
    /**
     * Takes the step.
     *
     * @param optimizer on the backend of this time; not to be kept
     * @param step its number in this training, from 0 on; the same comes again after a loss. An
     *     optimizer that came from a checkpoint knows its own: {@code
     *     optimizer.progress().attempts()}
     * @throws E what ends the training
     */
    void take(Optimizer optimizer, long step) throws E;
  }

  /**
   * What is done with a trained optimizer.
   *
   * @param <E> what it throws, {@link RuntimeException} if nothing is checked
   */
  @FunctionalInterface
  public interface End<E extends Exception> {
    /**
     * Takes what is wanted of the optimizer.
     *
     * @param optimizer is closed afterwards
     * @throws E what ends the training
     */
    void take(Optimizer optimizer) throws E;
  }

  Fallback(List<String> selectors, long interval, Function<String, OptimizerBackend> opening) {
    this.selectors = selectors;
    this.interval = interval;
    this.opening = opening;
  }

  /**
   * Names the backends.
   *
   * @param selectors what {@link Backends#open(String)} takes, in the order in which they are to be
   *     tried, each once; the same may be there twice
   * @return a fallback with a snapshot every 100 steps
   * @throws IllegalArgumentException if none is named, or no backend has one of the names
   */
  public static Fallback on(String... selectors) {
    if (selectors.length == 0) {
      throw new IllegalArgumentException(
          "no backends: expected some, such as \"cuda\", \"opencl\", \"cpu\"");
    }
    for (String selector : selectors) {
      Backends.requireKnown(selector);
    }
    return new Fallback(List.of(selectors), DEFAULT_INTERVAL, Backends::open);
  }

  /**
   * Says how often to take a snapshot: what is lost with a device is fewer steps than that.
   *
   * @param steps at least 1
   * @return a fallback that does so
   * @throws IllegalArgumentException if it is less
   */
  public Fallback snapshotEvery(long steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("snapshotEvery " + steps + ": expected at least 1");
    }
    return new Fallback(selectors, steps, opening);
  }

  /**
   * Trains.
   *
   * @param <E> what start, steps and end throw
   * @param start makes the optimizer on a backend, with its first parameters or what a checkpoint
   *     has; called again for each backend, it makes the same. Tensors that a step adds are not its
   *     business: those of the snapshot are added by this, later ones by the step that comes again
   * @param steps how often {@code step} is called
   * @param step takes a step, or a micro-batch of one
   * @param end takes what is wanted in the end; called again if the device is lost in it
   * @throws DeviceLostException if a device is lost, and none is left to go on with
   * @throws BackendException if none can be used from the first
   * @throws E what they throw; optimizer and backend are closed. After a loss, the loss is
   *     suppressed in it
   */
  public <E extends Exception> void train(Start<E> start, long steps, Step<E> step, End<E> end)
      throws E {
    try (Training<E> training = new Training<>(start)) {
      long next = training.begin();
      while (true) {
        try {
          for (; next < steps; next++) {
            if (next % interval == 0) {
              training.keep(next);
            }
            step.take(training.optimizer, next);
          }
          end.take(training.optimizer);
          return;
        } catch (DeviceLostException e) {
          next = training.goOn(e, next);
        }
      }
    }
  }

  private final class Training<E extends Exception> implements AutoCloseable {
    private final Start<E> start;
    private final Deque<String> left = new ArrayDeque<>(selectors);
    private String selector;
    private OptimizerBackend backend;
    private Optimizer optimizer;

    /** Null before the first. */
    private Snapshot snapshot;

    /** To be filled next. */
    private Snapshot spare = new Snapshot();

    Training(Start<E> start) {
      this.start = start;
    }

    /** The number of the first step. */
    long begin() throws E {
      List<String> refused = open();
      if (optimizer == null) {
        throw new BackendException(
            String.join(", ", selectors), "open", String.join("; ", refused), null);
      }
      LOG.info("training on {}", description());
      return 0;
    }

    /** Takes a snapshot, unless the training has just come back to it. */
    void keep(long step) {
      if (snapshot == null || snapshot.step() != step) {
        spare.take(optimizer, step);
        boolean isFirst = snapshot == null;
        Snapshot last = isFirst ? new Snapshot() : snapshot;
        snapshot = spare;
        spare = last;
        if (isFirst) { // too little memory is told now, not at the second snapshot
          spare.take(optimizer, step);
        }
      }
    }

    /** The number of the step to go back to. */
    long goOn(DeviceLostException lost, long step) throws E {
      String from = description();
      LOG.warn("{} is lost in step {}: {}", from, step, lost.getMessage());
      close();
      List<String> refused;
      try {
        refused = open();
      } catch (Throwable e) {
        e.addSuppressed(lost);
        throw e;
      }
      if (optimizer == null) {
        throw new DeviceLostException(
            lost.backend(),
            lost.operation(),
            lost.nativeCode(),
            lost.nativeCodeName(),
            lost.reason()
                + "; no backend is left to go on with"
                + (refused.isEmpty() ? "" : ": " + String.join("; ", refused)),
            lost);
      }
      long back = snapshot == null ? 0 : snapshot.step();
      LOG.warn("going back from step {} to step {}, and on with {}", step, back, description());
      FlightRecording.fallback(from, description(), lost.getMessage(), step, back);
      return back;
    }

    /** Takes the next backend that can be used; why the ones before it cannot. */
    private List<String> open() throws E {
      List<String> refused = new ArrayList<>();
      while (optimizer == null && !left.isEmpty()) {
        selector = left.remove();
        try {
          backend = opening.apply(selector);
        } catch (RuntimeException | LinkageError e) { // whatever a driver does: the next may work
          refuse(e, refused);
          continue;
        }
        try {
          optimizer = start.make(backend);
          if (snapshot != null) {
            snapshot.restore(optimizer);
          }
        } catch (BackendException e) {
          close();
          refuse(e, refused);
        }
      }
      return refused;
    }

    private void refuse(Throwable e, List<String> refused) {
      String reason = e instanceof BackendException ? e.getMessage() : e.toString();
      LOG.warn("{} cannot be used: {}", selector, reason);
      refused.add(reason);
    }

    private String description() {
      return selector + " (" + backend.info().device() + ")";
    }

    @Override
    public void close() {
      if (optimizer != null) {
        optimizer.close();
        optimizer = null;
      }
      if (backend != null) {
        backend.close();
        backend = null;
      }
    }
  }
}
