package dev.rootmean.example;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.BackendInfo;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.BackendOption;
import dev.rootmean.cli.BadInputException;
import dev.rootmean.cli.ProgressLine;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a framework's network twice, stepped by Rootmean and by the framework, and compares. */
abstract class ExampleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private BackendOption backend;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "10",
      description = "Passes over the training images (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Decides the first parameters and the order of the images (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--json", description = "Print one JSON object, and nothing else, on stdout.")
  private boolean json;

  /** A network that a backend steps. */
  abstract Network steppedBy(OptimizerBackend opened, long seed);

  /** The same network, stepped by the framework. */
  abstract Network steppedByFramework(long seed);

  @Override
  public Integer call() {
    if (epochs < 1) {
      throw new BadInputException("--epochs " + epochs + ": expected at least 1");
    }
    try (OptimizerBackend opened = backend.open()) {
      Training ours = train("Rootmean", steppedBy(opened, seed));
      Training theirs = train("the framework", steppedByFramework(seed));
      spec.commandLine()
          .getOut()
          .println(
              json ? toJson(opened.info(), ours, theirs) : toText(opened.info(), ours, theirs));
    }
    return ExitCode.OK;
  }

  private Training train(String stepping, Network network) {
    try (Network trained = network;
        ProgressLine line = ProgressLine.onStandardError()) {
      return Training.run(
          trained,
          epochs,
          seed,
          done ->
              line.show(
                  String.format(
                      Locale.ROOT, "stepped by %s: epoch %d of %d", stepping, done, epochs)));
    }
  }

  private String toJson(BackendInfo info, Training ours, Training theirs) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("backend", info.name());
    json.put("device", info.device());
    json.put("parameters", ours.parameters());
    json.put("epochs", epochs);
    json.put("finalLoss", ours.loss());
    json.put("frameworkFinalLoss", theirs.loss());
    json.put("testAccuracy", ours.accuracy());
    json.put("frameworkTestAccuracy", theirs.accuracy());
    json.put("optimizerShare", ours.optimizerShare());
    json.put("frameworkOptimizerShare", theirs.optimizerShare());
    json.put("parametersSha256", ours.sha256());
    return json.toString();
  }

  private String toText(BackendInfo info, Training ours, Training theirs) {
    return String.format(
        Locale.ROOT,
        """
        backend             %s
        device              %s
        parameters          %,d
        epochs              %,d
                            by Rootmean  by the framework
        final loss          %11.6f  %16.6f
        test accuracy       %10.2f%%  %15.2f%%
        time in optimizer   %10.1f%%  %15.1f%%
        parametersSha256    %s""",
        info.name() + (info.exact() ? "" : " (its bits are not exact)"),
        info.device(),
        ours.parameters(),
        epochs,
        ours.loss(),
        theirs.loss(),
        100 * ours.accuracy(),
        100 * theirs.accuracy(),
        100 * ours.optimizerShare(),
        100 * theirs.optimizerShare(),
        ours.sha256());
  }
}
