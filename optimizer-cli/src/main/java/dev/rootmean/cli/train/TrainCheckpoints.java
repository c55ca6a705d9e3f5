package dev.rootmean.cli.train;

import dev.rootmean.Optimizer;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.NamedPrecision;
import dev.rootmean.cli.ProgressLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What {@code --checkpoint} asks for: a training is saved before its first step, now and then, when
 * a signal ends the process, and at the end; and the same command goes on with it.
 */
final class TrainCheckpoints implements Training.Saving {
  /** The option, and the note; a training from before it has none. */
  static final String PRECISION = "--precision";

  /** The same. */
  static final String MODEL = "--model";

  private static final Map<String, String> BEFORE_THE_OPTION =
      Map.of(PRECISION, NamedPrecision.FLOAT32.toString(), MODEL, NamedModel.DIGITS.toString());

  private static final String EPOCH = "epoch.";
  private static final String LOSS = "loss";

  /** Characters of an option in a checkpoint that are told. */
  private static final int LONGEST_SHOWN = 100;

  /** Nobody who has pressed Ctrl-C waits for longer. */
  private static final int SECONDS_TO_STOP = 5;

  private final Path path;
  private final boolean resume;
  private final Checkpoints checkpoints;
  private final int every;
  private final Map<String, String> options;
  private final long steps;
  private final ProgressLine line;
  private final PrintWriter err;
  private final Thread hook = new Thread(this::stop, "rootmean-train-stop");
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopping;
  private long lastSaved = -1;
  private IOException endUnsaved;

  /** A signal has ended the training. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * Looks for a training to go on with.
   *
   * @param every how many steps
   * @param options what the training depends on, by name; the rule is the optimizer's
   * @param steps of the whole training
   * @param line cleared before anything is told
   * @param err where it is told
   * @throws BadInputException if there is a training, and it is not to be gone on with
   */
  TrainCheckpoints(
      Path path,
      boolean resume,
      int every,
      Map<String, String> options,
      long steps,
      ProgressLine line,
      PrintWriter err) {
    this.path = path;
    this.resume = resume;
    this.checkpoints = Checkpoints.in(path);
    this.every = every;
    this.options = options;
    this.steps = steps;
    this.line = line;
    this.err = err;
    try {
      Optional<Checkpoint> latest = checkpoints.latest();
      if (latest.isPresent()) {
        latest.get().close();
        if (!resume) {
          throw new BadInputException(
              "--checkpoint "
                  + path
                  + " has a training: expected --resume, to go on with it, or another directory");
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private BadInputException unreadable(IOException e) {
    return new BadInputException(
        "--checkpoint " + path + " cannot be read: " + BadInputException.why(e));
  }

  /** The process ends when this returns, so it waits for the training to be saved. */
  private void stop() {
    stopping = true;
    try {
      ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Training.Place begin(Optimizer optimizer) {
    Runtime.getRuntime().addShutdownHook(hook);
    Training.Place place = resume ? latest(optimizer) : Training.Place.START;
    if (lastSaved < 0) {
      saveStart(optimizer);
    }
    return place;
  }

  /** What cannot be saved is told before any work is done. */
  private void saveStart(Optimizer optimizer) {
    try {
      save(optimizer, Training.Place.START);
    } catch (IOException e) {
      throw new BadInputException(
          "--checkpoint "
              + path
              + " cannot be written: "
              + BadInputException.why(e)
              + "; expected a writable directory");
    }
    if (resume) {
      tell("no checkpoint in " + path + ": training from the beginning");
    }
  }

  private Training.Place latest(Optimizer optimizer) {
    try (Checkpoint latest = checkpoints.latest().orElse(null)) {
      if (latest != null) {
        return resume(latest, optimizer);
      }
      return Training.Place.START;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private Training.Place resume(Checkpoint latest, Optimizer optimizer) throws IOException {
    Map<String, String> notes = latest.notes();
    List<String> differences = new ArrayList<>();
    options.forEach(
        (option, here) -> {
          String there = notes.getOrDefault(option, BEFORE_THE_OPTION.get(option));
          if (!here.equals(there)) {
            differences.add(option + " " + shown(there) + " there, " + here + " here");
          }
        });
    latest.differences(optimizer).stream()
        .filter(line -> !line.startsWith("\"precision\"")) // an option's difference, or --seed's
        .forEach(differences::add);
    long saved = latest.progress().attempts();
    if (saved > steps) {
      differences.add(
          "--epochs that make " + steps + " steps, and it has come to step " + saved + " already");
    }
    if (!differences.isEmpty()) {
      throw new BadInputException(
          "--checkpoint " + path + " is of another training: " + String.join("; ", differences));
    }
    Training.Place place = place(notes);
    latest.load(optimizer);
    lastSaved = saved;
    tell("going on after step " + saved + " of " + steps + ", from " + latest.path());
    return place;
  }

  /** Who has written it may be anybody. */
  private static String shown(String note) {
    return note == null ? "missing" : note.length() > LONGEST_SHOWN ? "another" : note;
  }

  private Training.Place place(Map<String, String> notes) {
    List<TrainResult.Epoch> done = new ArrayList<>();
    try {
      for (String note; (note = notes.get(EPOCH + (done.size() + 1))) != null; ) {
        done.add(TrainResult.Epoch.parse(note));
      }
      return new Training.Place(done, Double.parseDouble(notes.get(LOSS)));
    } catch (RuntimeException e) { // what else a text can lead to that is no number
      throw new BadInputException(
          "--checkpoint " + path + " has notes that are not of train: expected a training of its");
    }
  }

  private Map<String, String> notes(Training.Place place) {
    Map<String, String> notes = new LinkedHashMap<>(options);
    place.done().forEach(epoch -> notes.put(EPOCH + epoch.epoch(), epoch.toText()));
    notes.put(LOSS, Double.toString(place.loss()));
    return notes;
  }

  @Override
  public void onStep(Optimizer optimizer, Training.Place place) {
    long step = optimizer.stepCount();
    boolean stops = stopping;
    if (stops || step % every == 0) {
      try {
        save(optimizer, place);
      } catch (IOException e) { // there may be room again after the next steps
        tell("WARNING: " + unsaved(step, e) + (stops ? "" : "; the training goes on"));
      }
    }
    if (stops) {
      tell("stopped after step " + step + ": the same command with --resume goes on");
      throw new StoppedException();
    }
  }

  @Override
  public void onEnd(Optimizer optimizer, Training.Place place) {
    long step = optimizer.stepCount();
    if (step != lastSaved) {
      try {
        save(optimizer, place);
      } catch (IOException e) {
        endUnsaved = new IOException(unsaved(step, e), e);
      }
    }
  }

  @Override
  public void requireEndSaved() throws IOException {
    if (endUnsaved != null) {
      throw endUnsaved;
    }
  }

  private void save(Optimizer optimizer, Training.Place place) throws IOException {
    checkpoints.save(optimizer, notes(place));
    lastSaved = optimizer.stepCount();
  }

  private String unsaved(long step, IOException e) {
    return "--checkpoint "
        + path
        + ": step "
        + step
        + " cannot be saved: "
        + BadInputException.why(e);
  }

  private void tell(String text) {
    line.clear();
    err.println("train: " + text);
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It waits for this, and the process ends.
    }
  }
}
