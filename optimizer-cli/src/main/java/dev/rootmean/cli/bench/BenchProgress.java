package dev.rootmean.cli.bench;

import dev.rootmean.BackendInfo;
import dev.rootmean.cli.ProgressLine;

/** Shows what is being measured. */
final class BenchProgress implements BenchRun.Progress {
  private final ProgressLine line;
  private final long points;
  private long begun;

  BenchProgress(ProgressLine line, long points) {
    this.line = line;
    this.points = points;
  }

  @Override
  public void onPoint(BackendInfo backend, BenchPoint point) {
    begun++;
    line.show("bench: " + begun + " of " + points + ": " + backend.name() + ", " + point);
  }
}
