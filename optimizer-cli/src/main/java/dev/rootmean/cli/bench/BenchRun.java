package dev.rootmean.cli.bench;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.bench.AlternatingTimer.Times;
import dev.rootmean.cli.bench.BenchSubject.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** Measures points on backends, as far as these have the memory and the type. */
final class BenchRun {
  /** Is told how the run gets on. */
  interface Progress {
    /** Called before each point of each backend. */
    void onPoint(BackendInfo backend, BenchPoint point);
  }

  private final List<BenchPoint> points;
  private final double seconds;
  private final boolean mayLeaveOut;
  private final List<BenchResult> results = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * Prepares to measure.
   *
   * @param seconds how long each point takes, warm-up not included
   * @param mayLeaveOut whether a point that does not fit is left out, and not an error
   */
  BenchRun(List<BenchPoint> points, double seconds, boolean mayLeaveOut) {
    this.points = points;
    this.seconds = seconds;
    this.mayLeaveOut = mayLeaveOut;
  }

  /** Refuses what a backend has not the memory for, unless it may be left out. */
  void requireRoom(List<OptimizerBackend> backends) {
    if (!mayLeaveOut) {
      backends.forEach(backend -> points.forEach(point -> requireRoom(backend.info(), point)));
    }
  }

  BenchReport on(List<OptimizerBackend> backends, Progress progress) {
    for (OptimizerBackend backend : backends) {
      measureAll(backend, progress);
    }
    if (results.isEmpty()) {
      throw new BadInputException("nothing to measure: " + String.join("; ", notes));
    }
    return new BenchReport(results, notes);
  }

  private static void requireRoom(BackendInfo info, BenchPoint point) {
    if (point.memoryBytes() > info.totalMemoryBytes()) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "--elements: %s takes %.3g GB, and %s has %.3g GB: use fewer%s",
              point,
              point.memoryBytes() / 1e9,
              info.name(),
              info.totalMemoryBytes() / 1e9,
              info.name().equals("cpu") ? ", or raise -Xmx" : ""));
    }
  }

  private void measureAll(OptimizerBackend backend, Progress progress) {
    BackendInfo info = backend.info();
    List<BenchPoint> leftOut = new ArrayList<>();
    for (BenchPoint point : points) {
      progress.onPoint(info, point);
      if (!info.dataTypes().contains(point.type().compute())
          || point.memoryBytes() > info.totalMemoryBytes()) {
        leftOut.add(point);
        continue;
      }
      try {
        measure(backend, point);
      } catch (DeviceOutOfMemoryException e) {
        if (!mayLeaveOut) {
          throw e;
        }
        leftOut.add(point);
      }
    }
    if (!leftOut.isEmpty()) {
      notes.add(note(info, leftOut));
    }
  }

  private static String note(BackendInfo info, List<BenchPoint> leftOut) {
    DataType computed = leftOut.get(0).type().compute();
    if (!info.dataTypes().contains(computed)) {
      return info.name() + " left out: it does not compute in " + computed;
    }
    return String.format(
        Locale.ROOT,
        "left out on %s, which has %.3g GB: %s",
        info.name(),
        info.totalMemoryBytes() / 1e9,
        leftOut.stream().map(BenchPoint::toString).collect(Collectors.joining(", ")));
  }

  private void measure(OptimizerBackend backend, BenchPoint point) {
    try (BenchSubject subject = new BenchSubject(backend, point)) {
      Times<Action> times = new AlternatingTimer<>(subject.actions(), seconds).measure();
      double copied = 2.0 * point.type().bytes() * point.layout().elements();
      for (Action step : List.of(Action.FLAT_STEP, Action.OPTIMIZER_STEP)) {
        if (subject.actions().containsKey(step)) {
          boolean flat = step == Action.FLAT_STEP;
          results.add(
              new BenchResult(
                  backend.info(),
                  point.name(),
                  flat ? point.variant().toString() : point.optimizerVariant(),
                  point.layout().elements(),
                  flat ? 1 : point.layout().tensors().size(),
                  times.median(step),
                  flat ? point.flatBytesPerElement() : point.optimizerBytesPerElement(),
                  copied / times.median(Action.COPY),
                  subject.transferredBytes() / times.median(Action.TO_DEVICE),
                  subject.transferredBytes() / times.median(Action.TO_HOST),
                  flat
                      ? OptionalDouble.empty()
                      : OptionalDouble.of(times.medianRatio(step, Action.FLAT_STEP))));
        }
      }
    }
  }
}
