package dev.rootmean.example;

import ai.djl.training.tracker.Tracker;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.Program;
import dev.rootmean.djl.RmsPropOptimizer;
import picocli.CommandLine.Command;

/** The command {@code integrations/djl/example}. */
@Command(
    name = "integrations/djl/example",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "integrations/djl/example [OPTION...]%n",
    header = "Train a convolutional network of DJL's on handwritten digits by RMSProp.",
    description = {
      "PyTorch computes the gradients on the CPU. The parameters are stepped by Rootmean",
      "in one training, and by operations of DJL's in another.",
      ""
    },
    footer = {
      "",
      "The time in the optimizer is a share of the last epoch's.",
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:trained",
      "1:a failure that is not the input's",
      "2:bad input: options, or a backend that cannot open"
    })
public final class DjlExample extends ExampleCommand {
  DjlExample() {}

  /**
   * Runs the example and ends the JVM with its exit status.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    Program.main(new DjlExample(), arguments);
  }

  @Override
  Network steppedBy(OptimizerBackend opened, long seed) {
    RmsPropOptimizer optimizer =
        RmsPropOptimizer.builder(opened).optLearningRateTracker(Tracker.fixed(0.001f)).build();
    return new DjlNetwork(optimizer, optimizer::close, seed);
  }

  @Override
  Network steppedByFramework(long seed) {
    OpByOpRmsProp optimizer = new OpByOpRmsProp();
    return new DjlNetwork(optimizer, optimizer::close, seed);
  }
}
