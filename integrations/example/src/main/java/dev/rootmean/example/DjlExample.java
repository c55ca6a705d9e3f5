package dev.rootmean.example;

import ai.djl.training.tracker.Tracker;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.Program;
import dev.rootmean.djl.RmsPropOptimizer;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;

/** The command {@code integrations/djl/example}. */
@Command(
    name = "integrations/djl/example",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "integrations/djl/example [OPTION...]%n",
    header = "Train a convolutional network of DJL's on handwritten digits by RMSProp.",
    description = {
      "PyTorch computes the gradients on the CPU. Rootmean steps the parameters in one",
      "training, and operations of DJL's in another, as DJL's own RMSProp does not run",
      "on PyTorch.",
      ""
    },
    footer = {
      "",
      "The time in the optimizer is a share of the last epoch's. --json prints backend,",
      "device, parameters, epochs, finalLoss, testAccuracy, optimizerShare (from 0 to 1)",
      "and parametersSha256; frameworkFinalLoss, frameworkTestAccuracy and",
      "frameworkOptimizerShare are the other training's."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:trained",
      "1:a failure that is not the input's",
      "2:bad input: options, or a backend that cannot open"
    })
public final class DjlExample extends ExampleCommand {
  /** Kept, or it would be collected with its level: DJL warns of GPUs that nobody asked for. */
  private static final Logger DJL = Logger.getLogger("ai.djl");

  DjlExample() {}

  /**
   * Runs the example and ends the JVM with its exit status.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    DJL.setLevel(Level.SEVERE);
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
