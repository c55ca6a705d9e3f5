import com.sun.management.ThreadMXBean;
import dev.rootmean.Backends;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** Checkpoints beside plain files of their size; see checkpoint-speed. */
class CheckpointSpeed {
  private final ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
  private final Path plain;
  private final Checkpoints checkpoints;
  private final Optimizer optimizer;
  private final long bytes;

  private CheckpointSpeed(Path folder, Optimizer optimizer) {
    this.plain = folder.resolve("plain");
    this.checkpoints = Checkpoints.in(folder.resolve("checkpoints")).keeping(1);
    this.optimizer = optimizer;
    this.bytes = 2L * Float.BYTES * optimizer.parameter("x").length();
  }

  public static void main(String[] args) throws IOException {
    long elements = (long) Double.parseDouble(args[0]);
    double seconds = Double.parseDouble(args[3]);
    Path folder = Files.createTempDirectory(Path.of(args[2]), "checkpoint-speed");
    try (OptimizerBackend backend = Backends.open(args[1]);
        Optimizer optimizer =
            Optimizer.builder(backend, Preset.PYTORCH.rule()).parameter("x", elements).build()) {
      CheckpointSpeed speed = new CheckpointSpeed(folder, optimizer);
      System.out.printf(
          "%-5s %10s %12s %12s %8s %22s%n",
          "", "MB", "file ms", "checkpoint", "ratio", "MB of heap");
      speed.compare("save", speed::write, speed::save, seconds);
      speed.compare("load", speed::read, speed::load, seconds);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void compare(String name, Work file, Work checkpoint, double seconds) {
    Comparison result =
        Comparison.of(calls -> nanos(file, calls), calls -> nanos(checkpoint, calls), seconds);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    nanos(checkpoint, 1);
    long heap = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    System.out.printf(
        "%-5s %10.1f %s %10.2f%n", name, bytes / 1e6, result.inColumns(1e6), heap / 1e6);
  }

  private static double nanos(Work work, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      try {
        work.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return (double) (System.nanoTime() - start) / calls;
  }

  private void write() throws IOException {
    Path unfinished = plain.resolveSibling("unfinished");
    try (FileChannel channel =
        FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long left = bytes; left > 0; left -= piece.limit()) {
        piece.clear().limit((int) Math.min(piece.capacity(), left));
        while (piece.hasRemaining()) {
          channel.write(piece);
        }
      }
      channel.force(true);
    }
    Files.move(unfinished, plain, StandardCopyOption.ATOMIC_MOVE);
  }

  private void read() throws IOException {
    try (FileChannel channel = FileChannel.open(plain)) {
      while (channel.read(piece.clear()) >= 0) {
        continue;
      }
    }
  }

  private void save() throws IOException {
    checkpoints.save(optimizer);
  }

  private void load() throws IOException {
    try (Checkpoint latest = checkpoints.latest().orElseThrow()) {
      latest.load(optimizer);
    }
  }
}
