package dev.rootmean;

import java.util.Set;

/**
 * How far an {@link Optimizer} has come. Together with the contents of its buffers it is all that
 * another one needs to go on as if nothing had been in between: see {@link Optimizer#resume}.
 *
 * @param attempts how many steps were asked for, with the skipped and the abandoned ones; the next
 *     one's number to the schedule
 * @param skippedSteps how many of them the policy has skipped
 * @param gatheredMicroBatches how many micro-batches are added up on the way to the next step
 * @param gatheredTensors the names of the tensors that had a gradient in any of them
 * @param learningRate the optimizer's learning rate
 * @param lossScale what the next loss is to be multiplied by, 1 without a loss scale
 * @param goodSteps how many good steps in a row there were since a dynamic loss scale changed
 * @since 0.1.0
 */
public record Progress(
    long attempts,
    long skippedSteps,
    int gatheredMicroBatches,
    Set<String> gatheredTensors,
    double learningRate,
    double lossScale,
    int goodSteps) {

  /**
   * Checks every value.
   *
   * @param attempts at least 0
   * @param skippedSteps from 0 to {@code attempts}
   * @param gatheredMicroBatches at least 0
   * @param gatheredTensors none if no micro-batch is gathered
   * @param learningRate finite and at least 0
   * @param lossScale finite and above 0
   * @param goodSteps at least 0
   * @throws IllegalArgumentException naming the component, the value and what was expected
   */
  public Progress {
    require(attempts >= 0, "attempts", attempts, "at least 0");
    require(
        skippedSteps >= 0 && skippedSteps <= attempts,
        "skippedSteps",
        skippedSteps,
        "from 0 to the number of attempts");
    require(gatheredMicroBatches >= 0, "gatheredMicroBatches", gatheredMicroBatches, "at least 0");
    gatheredTensors = Set.copyOf(gatheredTensors);
    require(
        gatheredMicroBatches > 0 || gatheredTensors.isEmpty(),
        "gatheredMicroBatches",
        gatheredMicroBatches,
        "above 0 for the gradients of " + gatheredTensors);
    RmsProp.requireRange("learningRate", learningRate, Float.MAX_VALUE);
    require(lossScale > 0 && Double.isFinite(lossScale), "lossScale", lossScale, "finite, above 0");
    require(goodSteps >= 0, "goodSteps", goodSteps, "at least 0");
  }

  private static void require(boolean holds, String name, Number value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + " " + value + ": expected a number " + expected);
    }
  }
}
