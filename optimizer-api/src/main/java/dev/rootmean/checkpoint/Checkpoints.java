package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import dev.rootmean.Progress;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of a training, in a folder.
 *
 * <pre>{@code
 * Checkpoints checkpoints = Checkpoints.in(Path.of("run1"));
 * checkpoints.resume(optimizer);
 * ...
 * checkpoints.save(optimizer);
 * }</pre>
 *
 * <p>Each is a folder of its own, {@code checkpoint-NUMBER-step-STEP}: the numbers rise, and the
 * highest is the latest, also when a training has gone back to an earlier step. It gets that name
 * when all of it is on the disk. So whatever happens, and whenever, the latest is a whole one: the
 * one that was being saved, or that before it. What was left unfinished is removed by the next
 * save. Threads and processes that save in one folder take turns, by a lock on the file {@code
 * .lock} there.
 *
 * <p>What was asked of the optimizer before is waited for. What another library computes on a
 * stream of its own is not: finish that first.
 *
 * <p>Immutable; any thread may use it.
 *
 * @since 0.1.0
 */
public final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{6,18})-step-\\d+");

  // Whoever holds the lock may write to these, or remove them.
  private static final String SAVING = ".saving";
  private static final String REMOVING = ".removing";

  /** For threads of this process: a file's lock is a process's. */
  private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();

  private final Path directory;
  private final int kept;
  private final long largestFile;

  private Checkpoints(Path directory, int kept, long largestFile) {
    this.directory = directory;
    this.kept = kept;
    this.largestFile = largestFile;
  }

  /**
   * The checkpoints in a folder: the last two are kept, each file is as large as it needs to be.
   *
   * @param directory made by the first {@link #save} if it is missing
   * @return the checkpoints
   */
  public static Checkpoints in(Path directory) {
    return new Checkpoints(Objects.requireNonNull(directory, "directory"), 2, Long.MAX_VALUE);
  }

  /**
   * Keeps another number of them.
   *
   * @param count how many, at least 1
   * @return these checkpoints with it
   */
  public Checkpoints keeping(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count " + count + ": expected at least 1");
    }
    return new Checkpoints(directory, count, largestFile);
  }

  /**
   * Splits what is larger over several files, with an index that names the file of each tensor, as
   * other tools do. A tensor is never split.
   *
   * @param bytes the most for the tensors of a file, at least 1
   * @return these checkpoints with it
   */
  public Checkpoints splitAt(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes " + bytes + ": expected at least 1");
    }
    return new Checkpoints(directory, kept, bytes);
  }

  /**
   * Saves a training as it is now, and then removes the oldest checkpoints. One that cannot be
   * removed is a warning in the log.
   *
   * @param optimizer what is queued for it is waited for
   * @return the folder of the checkpoint
   * @throws IOException if it cannot be saved; those before it are all there
   * @throws IllegalStateException if the last step is half done
   */
  public Path save(Optimizer optimizer) throws IOException {
    return save(optimizer, Map.of());
  }

  /**
   * Saves a training with what its loop has to know, such as its place in the data.
   *
   * @param optimizer as in the other method
   * @param notes given back by {@link Checkpoint#notes}
   * @return the folder of the checkpoint
   * @throws IOException as in the other method
   */
  @SuppressWarnings("try") // the lock is held for what it keeps others from
  public Path save(Optimizer optimizer, Map<String, String> notes) throws IOException {
    requireNoFile();
    Progress progress = optimizer.progress();
    Map<String, String> texts = Checkpoint.texts(optimizer, progress, Map.copyOf(notes));
    Folders.make(directory);
    ReentrantLock turn = TURNS.computeIfAbsent(directory.toRealPath(), path -> new ReentrantLock());
    turn.lock();
    try (FileChannel file =
            FileChannel.open(
                directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = file.lock()) {
      return save(optimizer, progress, texts);
    } finally {
      turn.unlock();
    }
  }

  private Path save(Optimizer optimizer, Progress progress, Map<String, String> texts)
      throws IOException {
    Path unfinished = directory.resolve(SAVING);
    Folders.delete(unfinished); // of a process that was killed
    removeTheRest();
    NavigableMap<Long, Path> saved = saved();
    long number = saved.isEmpty() ? 1 : saved.lastKey() + 1;
    Path path =
        directory.resolve(
            String.format(Locale.ROOT, "checkpoint-%06d-step-%d", number, progress.attempts()));
    Closeable removal = () -> Folders.delete(unfinished);
    try (removal) {
      Files.createDirectory(unfinished);
      write(
          Content.parameters(optimizer),
          SafetensorsWriter.OF_PYTORCH,
          unfinished,
          Checkpoint.MODEL);
      List<Content> state = Content.state(optimizer, progress.gatheredTensors());
      write(state, texts, unfinished, Checkpoint.STATE);
      Folders.sync(unfinished);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }
    Folders.sync(directory);
    saved.put(number, path);
    while (saved.size() > kept) {
      Map.Entry<Long, Path> oldest = saved.pollFirstEntry();
      Path removed = directory.resolve(REMOVING + "-" + oldest.getKey());
      attempt( // it is there whole until it is gone, also after a power failure
          () -> {
            Files.move(oldest.getValue(), removed, StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(directory);
          });
    }
    removeTheRest();
    return path;
  }

  private void write(List<Content> contents, Map<String, String> texts, Path folder, String name)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(texts);
    for (Content content : contents) {
      writer.add(content.name(), content.shape(), content.buffer());
    }
    writer.write(folder.resolve(name), largestFile);
  }

  private void removeTheRest() {
    attempt(
        () -> {
          for (Path removed : Folders.list(directory, REMOVING)) {
            attempt(() -> Folders.delete(removed));
          }
        });
  }

  /** An old checkpoint that stays is no reason for a save to fail: the next one tries again. */
  private void attempt(Closeable removal) {
    try {
      removal.close();
    } catch (IOException e) {
      LOG.warn("{} has an old checkpoint that cannot be removed: {}", directory, e.toString());
    }
  }

  /**
   * Goes on with the checkpoint that was saved last, if there is one.
   *
   * @param optimizer as {@link Checkpoint#load} wants it
   * @return the notes that were saved with it; empty if there was none
   * @throws CheckpointException as {@link #latest} and {@link Checkpoint#load}
   * @throws IOException as these do
   */
  public Optional<Map<String, String>> resume(Optimizer optimizer) throws IOException {
    Optional<Checkpoint> latest = latest();
    if (latest.isEmpty()) {
      return Optional.empty();
    }
    try (Checkpoint checkpoint = latest.get()) {
      checkpoint.load(optimizer);
      return Optional.of(checkpoint.notes());
    }
  }

  /**
   * Opens the checkpoint that was saved last.
   *
   * @return it, the caller's to close; empty if there is none
   * @throws CheckpointException if its files say what they must not
   * @throws IOException if it cannot be read
   */
  public Optional<Checkpoint> latest() throws IOException {
    return latest(folder -> {});
  }

  /**
   * Opens the checkpoint that was saved last, unless it is refused.
   *
   * @param inspection looks at its folder first; again at another one if that was removed meanwhile
   * @return it, the caller's to close; empty if there is none
   * @throws CheckpointException if its files say what they must not
   * @throws IOException if it cannot be read, or is refused
   */
  public Optional<Checkpoint> latest(CheckpointInspection inspection) throws IOException {
    requireNoFile();
    while (!Files.notExists(directory)) { // a folder that cannot be looked at fails below
      NavigableMap<Long, Path> saved = saved();
      if (saved.isEmpty()) {
        break;
      }
      Path last = saved.lastEntry().getValue();
      try {
        inspection.inspect(last);
        return Optional.of(Checkpoint.open(last));
      } catch (NoSuchFileException e) {
        if (!Files.notExists(last)) {
          throw e;
        } // otherwise others have been saved meanwhile, and this one was removed
      }
    }
    return Optional.empty();
  }

  /** The exceptions that the file system throws of that have no words. */
  private void requireNoFile() throws FileSystemException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new FileSystemException(directory.toString(), null, "is a file: expected a folder");
    }
  }

  /** What is there, by number. */
  private NavigableMap<Long, Path> saved() throws IOException {
    NavigableMap<Long, Path> saved = new TreeMap<>();
    for (Path file : Folders.list(directory, "checkpoint-")) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches() && Folders.isFolder(file)) {
        saved.put(Long.parseLong(name.group(1)), file);
      }
    }
    return saved;
  }
}
