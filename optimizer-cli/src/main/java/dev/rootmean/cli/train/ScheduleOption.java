package dev.rootmean.cli.train;

import static dev.rootmean.LearningRateSchedule.constant;
import static dev.rootmean.LearningRateSchedule.cosine;
import static dev.rootmean.LearningRateSchedule.exponentialDecay;
import static dev.rootmean.LearningRateSchedule.inverseTimeDecay;
import static dev.rootmean.LearningRateSchedule.linear;
import static dev.rootmean.LearningRateSchedule.oneCycle;
import static dev.rootmean.LearningRateSchedule.stepDecay;

import dev.rootmean.LearningRateSchedule;
import dev.rootmean.cli.BadInputException;
import java.util.List;
import java.util.Locale;

/** What --schedule takes: {@code NAME}, {@code NAME:X,Y}, or {@code warmup:STEPS+} before these. */
final class ScheduleOption {
  private static final String WARMUP = "warmup:";

  private ScheduleOption() {}

  /**
   * Makes the schedule of a training.
   *
   * @param given what the user wrote
   * @param learningRate what the schedule begins with, or for one-cycle rises to
   * @param steps of the whole training
   */
  static LearningRateSchedule parse(String given, double learningRate, long steps) {
    try {
      int plus = given.indexOf('+');
      if (!given.startsWith(WARMUP) || plus < 0) {
        return plain(given, learningRate, steps);
      }
      long warmup = wholeNumber(given.substring(WARMUP.length(), plus));
      if (warmup >= steps) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "the warm-up takes all of the training's %,d steps: expected fewer",
                steps));
      }
      return plain(given.substring(plus + 1), learningRate, steps - warmup).afterWarmup(warmup);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("--schedule " + given + ": " + e.getMessage());
    }
  }

  /** Whether a schedule is another one for a longer training. */
  static boolean knowsTheEnd(String given) {
    return given.matches("(" + WARMUP + "\\d+\\+)?(linear|cosine|one-cycle).*");
  }

  private static LearningRateSchedule plain(String given, double learningRate, long steps) {
    int colon = given.indexOf(':');
    String name = colon < 0 ? given : given.substring(0, colon);
    List<String> numbers =
        colon < 0 ? List.of() : List.of(given.substring(colon + 1).split(",", -1));
    return switch (name + "/" + numbers.size()) {
      case "constant/0" -> constant(learningRate);
      case "step/2" -> stepDecay(learningRate, wholeNumber(numbers.get(0)), number(numbers.get(1)));
      case "exponential/1" -> exponentialDecay(learningRate, number(numbers.get(0)));
      case "inverse-time/1" -> inverseTimeDecay(learningRate, number(numbers.get(0)));
      case "linear/0" -> linear(learningRate, 0, steps);
      case "linear/1" -> linear(learningRate, number(numbers.get(0)), steps);
      case "cosine/0" -> cosine(learningRate, 0, steps);
      case "cosine/1" -> cosine(learningRate, number(numbers.get(0)), steps);
      case "one-cycle/0" -> oneCycle(learningRate, steps);
      default ->
          throw new IllegalArgumentException(
              "expected constant, step:EVERY,FACTOR, exponential:FACTOR, inverse-time:DECAY,"
                  + " linear[:LAST], cosine[:LAST], one-cycle or warmup:STEPS+ONE_OF_THEM");
    };
  }

  private static long wholeNumber(String given) {
    try {
      return Long.parseLong(given);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + given + "\": expected a whole number", e);
    }
  }

  private static double number(String given) {
    try {
      return Double.parseDouble(given);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + given + "\": expected a number", e);
    }
  }
}
