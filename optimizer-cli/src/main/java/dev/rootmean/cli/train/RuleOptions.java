package dev.rootmean.cli.train;

import dev.rootmean.DataType;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsProp.EpsilonPlacement;
import dev.rootmean.RmsPropBuilder;
import dev.rootmean.cli.BadInputException;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that make up the rule: a preset, and what is to be otherwise. */
final class RuleOptions {
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      completionCandidates = PresetNames.class,
      description =
          "Start from a framework's defaults, which the options below override:"
              + " ${COMPLETION-CANDIDATES}.")
  private String preset;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "The step size (default: 0.001, or the preset's).")
  private Double learningRate;

  @Option(
      names = "--decay",
      paramLabel = "X",
      description = "What the square average keeps at each step (default: 0.9, or the preset's).")
  private Double decay;

  @Option(
      names = "--epsilon",
      paramLabel = "X",
      description = "Keeps the division from zero (default: 1e-8, or the preset's).")
  private Double epsilon;

  @Option(
      names = "--epsilon-placement",
      paramLabel = "PLACE",
      converter = PlacementConverter.class,
      description =
          "Where epsilon is added: inside or outside the square root (default: inside, or the"
              + " preset's).")
  private EpsilonPlacement epsilonPlacement;

  @Option(
      names = "--momentum",
      paramLabel = "X",
      description = "How much of the last update goes on, from 0 to 1 (default: 0, none).")
  private Double momentum;

  @Option(names = "--nesterov", description = "Look ahead along the momentum; wants --momentum.")
  private boolean nesterov;

  @Option(
      names = "--centered",
      description = "Divide by the standard deviation of the gradient, not its root mean square.")
  private boolean centered;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description =
          "Pull the parameters to zero: L2, or decoupled with the preset keras (default: 0).")
  private Double weightDecay;

  RmsProp rule() {
    RmsPropBuilder builder = base().toBuilder();
    ifGiven(learningRate, builder::learningRate);
    ifGiven(decay, builder::decay);
    ifGiven(epsilon, builder::epsilon);
    ifGiven(epsilonPlacement, builder::epsilonPlacement);
    ifGiven(momentum, builder::momentum);
    ifGiven(weightDecay, builder::weightDecay);
    try {
      RmsProp rule = builder.nesterov(nesterov).centered(centered).build();
      rule.requireFor(DataType.FLOAT32); // what a training computes in
      if (rule.nesterov() && !rule.hasMomentum()) {
        throw new BadInputException("--nesterov without momentum changes nothing: add --momentum");
      }
      return rule;
    } catch (IllegalArgumentException e) {
      throw new BadInputException(optionFor(e.getMessage()));
    }
  }

  private RmsProp base() {
    if (preset == null) {
      return RmsProp.builder().build();
    }
    return Stream.of(Preset.values())
        .filter(known -> known.toString().equals(preset))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    "--preset " + preset + ": expected " + String.join(", ", new PresetNames())))
        .rule();
  }

  private static <T> void ifGiven(T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  /** The message begins with the hyperparameter's name, and the option is that in kebab case. */
  private static String optionFor(String message) {
    int end = message.indexOf(' ');
    String kebab = message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return "--" + kebab + message.substring(end);
  }

  private static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(Preset.values()).map(Preset::toString).iterator();
    }
  }

  private static final class PlacementConverter implements ITypeConverter<EpsilonPlacement> {
    @Override
    public EpsilonPlacement convert(String value) {
      return switch (value) {
        case "inside" -> EpsilonPlacement.INSIDE_SQRT;
        case "outside" -> EpsilonPlacement.OUTSIDE_SQRT;
        default -> throw new TypeConversionException("'" + value + "' is not inside or outside");
      };
    }
  }
}
