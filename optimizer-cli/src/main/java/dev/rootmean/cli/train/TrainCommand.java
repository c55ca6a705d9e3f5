package dev.rootmean.cli.train;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.RmsProp;
import dev.rootmean.cli.BackendOption;
import dev.rootmean.cli.ChartStyle;
import dev.rootmean.cli.NamedPrecision;
import dev.rootmean.cli.OutputDirectory;
import dev.rootmean.cli.PrecisionOption;
import dev.rootmean.cli.ProgressLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code rootmean train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "rootmean train [OPTION...]%n",
    header = "Train a neural network by RMSProp: on handwritten digits, or on a text.",
    description = {
      "A multilayer perceptron (ReLU, softmax, cross-entropy) learns to read digits.",
      "The host computes the gradients; parameters and accumulators live in the",
      "backend's memory, and the optimizer's step runs there. One seed gives the same",
      "bits in every run and on every backend.",
      "",
      "With --gradients device an OpenCL device computes them too, by CLBlast: they and",
      "the parameters never leave it. One seed then gives the same bits in every run on",
      "one device, and others elsewhere, as the order of a product's sums is another.",
      "",
      "The data are the 1,797 8x8 digits of the UCI repository, where every fifth",
      "image is a test image; or, by --data, MNIST's files with their own test images.",
      "",
      "With --model characters it learns to predict each character of a text from the",
      "1, 2, 3 and 4 before it: a hash of these chooses a row in each fourth of a table",
      "of 16,384 rows of 16 numbers, which are learnt too, and the four rows are the",
      "network's input. A batch has few of the rows, and a step takes those alone.",
      "The text is Rootmean's documents, or, by --data, any; its last tenth is to test",
      "with. The loss is in nats a character, and the host computes the gradients.",
      "",
      "If the loss stops being a finite number, training ends after that epoch with a",
      "warning: that is a result, and the exit status is 0.",
      ""
    },
    footer = {
      "",
      "Schedules (EVERY and STEPS count batches, all epochs together):",
      "  constant             the learning rate, always",
      "  step:EVERY,FACTOR    times FACTOR after every EVERY steps",
      "  exponential:FACTOR   times FACTOR after each step",
      "  inverse-time:DECAY   divided by 1 + DECAY * step",
      "  linear[:LAST]        straight to LAST (default: 0) at the end of the training",
      "  cosine[:LAST]        along half a cosine to LAST (default: 0) at the end",
      "  one-cycle            from 1/25 up to the learning rate, then down to almost 0",
      "  warmup:STEPS+...     up from 0 for STEPS steps, and then one of the above",
      "",
      PrecisionOption.HELP,
      "Gradients are computed in floats, from the parameters as they are kept, and",
      "rounded to nearest.",
      "",
      "Examples:",
      "  rootmean train",
      "  rootmean train --backend cuda --preset keras --momentum 0.9 --out run1",
      "  rootmean train --learning-rate 0.003 --schedule warmup:45+cosine",
      "  rootmean train --data mnist --hidden 128 --epochs 3",
      "  rootmean train --precision bfloat16-remainder",
      "  rootmean train --model characters --decay 0.99",
      "  rootmean train --backend opencl --gradients device",
      "  rootmean train --checkpoint saved --resume",
      "",
      "A checkpoint is saved before the first step, every STEPS steps, at the end, and",
      "when SIGINT (Ctrl-C) or SIGTERM ends the process (exit status 130 or 143); the",
      "last two are kept. However a training was ended, the same command with --resume gives the",
      "bits that it would have come to; without a checkpoint it begins. Other options are",
      "refused, but for --backend, --out, --json, --checkpoint-every, and --epochs with",
      "a schedule that does not depend on the end.",
      "",
      "--json prints backend, device, gradients, parameters, precision, bytesPerParameter,",
      "epochs, steps, finalLoss (null if it is not a finite number), testAccuracy,",
      "optimizerMicrosPerStep and microsPerBatch (medians in the last epoch: the step,",
      "transfers not included; and all of a batch) and parametersSha256 (of the final",
      "parameters as little-endian floats); for characters bitsPerCharacter too, the",
      "finalLoss / ln 2."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:trained",
      "1:a failure that is not the input's, such as a lost device or a full disk",
      "2:bad input: options, data, --out, --checkpoint, or a backend that cannot open"
    })
public final class TrainCommand implements Callable<Integer> {
  static final String METRICS = "metrics.csv";
  private static final String CHART = "loss.png";
  static final String MODEL = "model.safetensors";

  @Spec private CommandSpec spec;

  @Mixin private BackendOption backend;

  @Mixin private NetworkOptions network;

  @Mixin private GradientsOption gradients;

  @Mixin private PrecisionOption precision;

  @Mixin private RuleOptions ruleOptions;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      defaultValue = "constant",
      description = "How the learning rate changes, see below (default: ${DEFAULT-VALUE}).")
  private String schedule;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write metrics.csv, after each epoch, loss.png and model.safetensors, the parameters,"
              + " there; made if it is missing.")
  private Path out;

  @Mixin private CheckpointOptions checkpoint;

  @Option(names = "--json", description = "Print one JSON object, and nothing else, on stdout.")
  private boolean json;

  /** Makes a command that picocli is to fill. */
  public TrainCommand() {}

  @Override
  public Integer call() throws IOException {
    RmsProp rule = ruleOptions.rule();
    NamedPrecision kept = precision.get();
    network.requireUsable(kept);
    checkpoint.requireUsable();
    if (out != null) {
      ChartStyle.requireFonts(CHART);
    }
    DataSet data = network.read();
    Training training = network.prepare(data);
    int epochs = network.epochs();
    long steps = (long) epochs * training.stepsPerEpoch();
    LearningRateSchedule learningRates = ScheduleOption.parse(schedule, rule.learningRate(), steps);
    try (ProgressLine line = ProgressLine.onStandardError();
        Training.Saving saving =
            checkpoint.saving(
                resumable(data),
                steps,
                training.stepsPerEpoch(),
                line,
                spec.commandLine().getErr());
        Gradients opened =
            gradients.open(training.layers(), backend, kept, text -> tell(line, text))) {
      OutputDirectory directory =
          out == null ? null : new OutputDirectory(out, METRICS, CHART, MODEL);
      TrainProgress progress =
          new TrainProgress(
              line,
              spec.commandLine().getErr(),
              !json && !line.watched(),
              directory,
              epochs,
              steps);
      TrainResult result =
          training.run(
              opened, rule, network.model(), kept, learningRates, epochs, progress, saving);
      line.clear();
      if (result.diverged()) {
        String warning =
            String.format(
                Locale.ROOT,
                "WARNING: the loss is %s in epoch %d: training ended there",
                result.last().trainLoss(),
                result.last().epoch());
        spec.commandLine().getErr().println(warning);
      }
      spec.commandLine().getOut().println(json ? result.toJson() : result);
      if (directory != null) { // last: a full disk must not cost the result
        directory.write(METRICS, TrainResult.toCsv(result.epochs()));
        directory.write(CHART, LossChart.png(rule, result));
      }
      progress.requireEndWritten();
      saving.requireEndSaved();
    } catch (TrainCheckpoints.StoppedException e) {
      return ExitCode.SOFTWARE; // if anybody: the process ends by its signal
    }
    return ExitCode.OK;
  }

  /** The options that a training which is gone on with must have as before, but for the rule's. */
  private Map<String, String> resumable(DataSet data) {
    Map<String, String> options = new LinkedHashMap<>();
    network.addTo(options, data);
    options.put("--gradients", gradients.place());
    options.put(TrainCheckpoints.PRECISION, precision.get().toString());
    options.put("--schedule", schedule);
    if (ScheduleOption.knowsTheEnd(schedule)) {
      options.put("--epochs", Integer.toString(network.epochs()));
    }
    return options;
  }

  private void tell(ProgressLine line, String text) {
    line.show(text);
    if (!json && !line.watched()) {
      spec.commandLine().getErr().println(text);
    }
  }
}
