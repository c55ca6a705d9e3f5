package dev.rootmean.cli;

import dev.rootmean.BackendInfo;
import me.tongfei.progressbar.ProgressBar;

/** A bar on stderr with what is being measured, where there is someone to watch it. */
final class BenchProgress implements BenchRun.Progress, AutoCloseable {
  private final ProgressBar bar;
  private boolean begun;

  BenchProgress(long points) {
    bar = ProgressLine.bar("bench", points, " points");
  }

  @Override
  public void onPoint(BackendInfo backend, BenchPoint point) {
    if (begun) {
      bar.step();
    }
    begun = true;
    bar.setExtraMessage(" " + backend.name() + ", " + point);
  }

  @Override
  public void close() {
    bar.step();
    bar.setExtraMessage("");
    bar.close();
  }
}
