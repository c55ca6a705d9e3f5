package dev.rootmean.checkpoint;

import dev.rootmean.Optimizer;
import dev.rootmean.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A training that was saved: a folder with the parameters in {@code model.safetensors}, and all
 * else in {@code optimizer.safetensors}. The files are open until this is closed, so that nobody
 * can take them away before they are loaded.
 *
 * @since 0.1.0
 */
public final class Checkpoint implements AutoCloseable {
  static final String MODEL = "model.safetensors";
  static final String STATE = "optimizer.safetensors";

  static final String VERSION_KEY = "rootmean.checkpoint";
  private static final int VERSION = 1;
  static final String PROGRESS = "progress";
  static final String NOTE = "note.";

  private final Path path;
  private final SafetensorsReader model;
  private final SafetensorsReader state;
  private final Progress progress;

  private Checkpoint(
      Path path, SafetensorsReader model, SafetensorsReader state, Progress progress) {
    this.path = path;
    this.model = model;
    this.state = state;
    this.progress = progress;
  }

  /** What is written beside the accumulators. */
  static Map<String, String> texts(
      Optimizer optimizer, Progress progress, Map<String, String> notes)
      throws CheckpointException {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(VERSION_KEY, Integer.toString(VERSION));
    Description.add(PROGRESS, progress, texts);
    texts.putAll(Description.of(optimizer));
    notes.forEach((key, text) -> texts.put(NOTE + key, text));
    for (String key : texts.keySet()) {
      int length = key.getBytes(StandardCharsets.UTF_8).length;
      if (length > JsonReader.LONGEST_NAME) { // it could not be read again
        throw new CheckpointException(
            CheckpointException.quoted(key)
                + " has "
                + length
                + " bytes: expected at most "
                + JsonReader.LONGEST_NAME);
      }
    }
    return texts;
  }

  /**
   * Opens a checkpoint. {@link Checkpoints#latest} opens the last one of a training.
   *
   * @param path the folder that {@link Checkpoints#save} has given
   * @return the checkpoint, the caller's to close
   * @throws CheckpointException if its files say what they must not, or were written by a newer
   *     version of Rootmean
   * @throws IOException if it cannot be read
   */
  public static Checkpoint open(Path path) throws IOException {
    SafetensorsReader state = SafetensorsReader.open(path.resolve(STATE));
    try {
      requireVersion(state);
      Progress progress = progress(state);
      SafetensorsReader model = SafetensorsReader.open(path.resolve(MODEL));
      return new Checkpoint(path, model, state, progress);
    } catch (IOException | RuntimeException | Error e) {
      try (state) {
        throw e;
      }
    }
  }

  private static void requireVersion(SafetensorsReader state) throws IOException {
    String version = text(state, VERSION_KEY);
    if (!version.matches("[1-9][0-9]{0,8}")) {
      throw new CheckpointException(
          state.path()
              + " has format version "
              + CheckpointException.quoted(version)
              + ": expected a number");
    }
    if (Integer.parseInt(version) > VERSION) {
      throw new CheckpointException(
          state.path()
              + " has format version "
              + version
              + ", and this Rootmean knows up to "
              + VERSION
              + ": expected the Rootmean that wrote it, or a newer one");
    }
  }

  private static Progress progress(SafetensorsReader state) throws IOException {
    Set<String> gathered =
        state.tensors().keySet().stream()
            .filter(name -> name.endsWith(Content.GATHERED))
            .map(name -> name.substring(0, name.length() - Content.GATHERED.length()))
            .collect(Collectors.toSet());
    int microBatches = number(state, "gatheredMicroBatches", Integer::parseInt);
    if (microBatches == 0 && !gathered.isEmpty()) { // Progress would repeat the names as they are
      throw new CheckpointException(
          state.path()
              + " has "
              + CheckpointException.quoted(gathered.iterator().next() + Content.GATHERED)
              + " of 0 micro-batches: expected at least 1");
    }
    try {
      return new Progress(
          number(state, "attempts", Long::parseLong),
          number(state, "skippedSteps", Long::parseLong),
          microBatches,
          gathered,
          number(state, "learningRate", Double::parseDouble),
          number(state, "lossScale", Double::parseDouble),
          number(state, "goodSteps", Integer::parseInt));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(state.path() + ": " + e.getMessage(), e);
    }
  }

  private static <N extends Number> N number(
      SafetensorsReader state, String component, Function<String, N> parser) throws IOException {
    String key = PROGRESS + "." + component;
    String text = text(state, key);
    try {
      return parser.apply(text);
    } catch (NumberFormatException e) { // not a cause: its message is the text as it is
      throw new CheckpointException(
          state.path()
              + " has "
              + key
              + " "
              + CheckpointException.quoted(text)
              + ": expected a number");
    }
  }

  private static String text(SafetensorsReader state, String key) throws IOException {
    String text = state.metadata().get(key);
    if (text == null) {
      throw new CheckpointException(
          state.path() + " has no " + key + ": expected a file that Checkpoints has saved");
    }
    return text;
  }

  /** {@return the folder} */
  public Path path() {
    return path;
  }

  /** {@return how far the training had come} */
  public Progress progress() {
    return progress;
  }

  /** {@return what the caller has added, such as its own place in the data} */
  public Map<String, String> notes() {
    Map<String, String> notes = new LinkedHashMap<>();
    state
        .metadata()
        .forEach(
            (key, text) -> {
              if (key.startsWith(NOTE)) {
                notes.put(key.substring(NOTE.length()), text);
              }
            });
    return notes;
  }

  /**
   * Goes on with this training: every later bit is as if it had never stopped.
   *
   * @param optimizer built as the one that was saved, on any backend; what it has is overwritten
   * @throws CheckpointException with all {@link #differences}, one a line; nothing has changed
   * @throws IOException if a file cannot be read to its end: the optimizer is half loaded, and is
   *     to be loaded again or closed
   */
  public void load(Optimizer optimizer) throws IOException {
    load(optimizer, differences(optimizer), progress);
  }

  /**
   * Goes on with this training in another way: with the optimizer's own rules, groups, policy,
   * learning rate and rounding. The tensors, which accumulators they have, and how all of these are
   * stored must be the same, and the form of those with momentum: what it gathers is another thing
   * in the other form.
   *
   * @param optimizer what it has is overwritten
   * @throws CheckpointException with all that differs of these, one a line; nothing has changed
   * @throws IOException as {@link #load}
   */
  public void loadUnderOtherRules(Optimizer optimizer) throws IOException {
    Progress changed =
        new Progress(
            progress.attempts(),
            progress.skippedSteps(),
            progress.gatheredMicroBatches(),
            progress.gatheredTensors(),
            optimizer.learningRate(),
            progress.lossScale(),
            progress.goodSteps());
    load(optimizer, compared(optimizer).underOtherRules(), changed);
  }

  private void load(Optimizer optimizer, List<String> differences, Progress from)
      throws IOException {
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          path + " does not fit the optimizer:\n" + String.join("\n", differences));
    }
    try {
      optimizer.resume(from);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(path + " does not fit the optimizer: " + e.getMessage(), e);
    }
    for (Content content : Content.parameters(optimizer)) {
      model.read(content.name(), content.buffer());
    }
    for (Content content : Content.state(optimizer, from.gatheredTensors())) {
      state.read(content.name(), content.buffer());
    }
  }

  /**
   * What keeps an optimizer from going on with this training to the bit.
   *
   * @param optimizer is only looked at
   * @return a line for each difference of tensors, accumulators, rules, groups and policy; one for
   *     the precision, after which tensors are only compared by name and shape
   */
  public List<String> differences(Optimizer optimizer) {
    return compared(optimizer).ofAll();
  }

  private Differences compared(Optimizer optimizer) {
    return new Differences(optimizer, model, state, progress.gatheredTensors());
  }

  /** Closes the files. */
  @Override
  public void close() throws IOException {
    try (state) {
      model.close();
    }
  }
}
