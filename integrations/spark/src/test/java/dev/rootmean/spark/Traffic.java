package dev.rootmean.spark;

import java.util.HashSet;
import java.util.Set;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Counts what tasks move, by Spark's own metrics. */
final class Traffic extends SparkListener {
  private long jobs;
  private long stages;
  private long written;
  private long readRemotely;
  private long read;
  private long gathered;
  private final Set<String> workers = new HashSet<>();

  /**
   * What was counted.
   *
   * @param stages that were run
   * @param written to shuffles, in bytes
   * @param read from shuffles, in bytes
   * @param readRemotely of these, from other executors
   * @param gathered bytes of shards that workers have read
   * @param workers the executors that workers were on
   */
  record Counts(
      long stages,
      long written,
      long read,
      long readRemotely,
      long gathered,
      Set<String> workers) {}

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    TaskMetrics metrics = end.taskMetrics();
    written += metrics.shuffleWriteMetrics().bytesWritten();
    read += metrics.shuffleReadMetrics().totalBytesRead();
    readRemotely += metrics.shuffleReadMetrics().remoteBytesRead();
    if (metrics.shuffleWriteMetrics().bytesWritten() > 0) { // a worker's
      gathered += metrics.inputMetrics().bytesRead();
      workers.add(end.taskInfo().executorId());
    }
  }

  @Override
  public synchronized void onStageCompleted(SparkListenerStageCompleted completed) {
    stages++;
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    jobs++;
    notifyAll();
  }

  /** Waits until so many jobs have been told of, and begins to count anew. */
  synchronized Counts after(long count) throws InterruptedException {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (jobs < count && System.nanoTime() < deadline) {
      wait(1_000);
    }
    if (jobs != count) {
      throw new AssertionError(jobs + " jobs: expected " + count);
    }
    Counts counts = new Counts(stages, written, read, readRemotely, gathered, Set.copyOf(workers));
    workers.clear();
    jobs = 0;
    stages = 0;
    written = 0;
    read = 0;
    readRemotely = 0;
    gathered = 0;
    return counts;
  }
}
