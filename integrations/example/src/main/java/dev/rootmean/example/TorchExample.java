package dev.rootmean.example;

import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.cli.Program;
import dev.rootmean.pytorch.TorchRmsProp;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import picocli.CommandLine.Command;

/** The command {@code integrations/pytorch/example}. */
@Command(
    name = "integrations/pytorch/example",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "integrations/pytorch/example [OPTION...]%n",
    header = "Train a convolutional network of libtorch's on handwritten digits by RMSProp.",
    description = {
      "libtorch computes the gradients on the CPU. The parameters are stepped by",
      "Rootmean in one training, and by torch::optim::RMSprop in another.",
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
public final class TorchExample extends ExampleCommand {
  private static final RmsProp RULE = Preset.PYTORCH.rule().toBuilder().learningRate(0.001).build();

  TorchExample() {}

  /**
   * Runs the example and ends the JVM with its exit status.
   *
   * @param arguments what the user wrote
   */
  public static void main(String[] arguments) {
    Program.main(new TorchExample(), arguments);
  }

  @Override
  Network steppedBy(OptimizerBackend opened, long seed) {
    TorchNetwork network = new TorchNetwork(seed);
    TorchRmsProp optimizer = TorchRmsProp.builder(opened, RULE).parameters(network).build();
    return network.steppedBy(optimizer::step, optimizer);
  }

  @Override
  Network steppedByFramework(long seed) {
    TorchNetwork network = new TorchNetwork(seed);
    RMSprop optimizer = new RMSprop(network.parameters(), new RMSpropOptions(RULE.learningRate()));
    return network.steppedBy(optimizer::step, optimizer);
  }
}
