package dev.rootmean.cli;

import picocli.CommandLine.Option;

/** The option that says in how many bits parameters, gradients and accumulators are kept. */
public final class PrecisionOption {
  /** What a command's help says of each. */
  public static final String HELP =
      "Precisions, with the bytes kept for each parameter by a plain rule (itself, its%n"
          + "gradient, its square average):%n"
          + "  float32            12  all in 32 bits; the most exact, where there is memory%n"
          + "  bfloat16            8  parameters and gradients in 16 bits, rounded by random%n"
          + "                         bits, so that small steps count: two thirds of the%n"
          + "                         memory, and trains about as well as float32%n"
          + "  bfloat16-remainder 10  and the other 16 bits of each parameter beside it: each%n"
          + "                         step is float32's, and the network sees bfloat16%n"
          + "  bfloat16-all        6  accumulators too in 16 bits, by random bits%n"
          + "  bfloat16-block8     5  accumulators in blocks of 8 bits, by random bits: the%n"
          + "                         least (tensors under 4,096 elements: in 32 bits)%n"
          + "  float32-block8      9  the same, beside parameters and gradients in 32 bits%n"
          + "  float16             8  for what must be float16: no number above 65,504, and%n"
          + "                         gradients below 6e-5 lose bits, below 3e-8 all%n"
          + "  bfloat16-nearest    6  all in 16 bits, rounded to nearest, as in other%n"
          + "                         frameworks; to compare: small steps are lost";

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "In how many bits all is kept, see below (default: float32).")
  private String name;

  /** Makes an option that picocli is to fill. */
  public PrecisionOption() {}

  /**
   * Whether it was given.
   *
   * @return false if {@link #get} is the default
   */
  public boolean isGiven() {
    return name != null;
  }

  /**
   * What the user asked for.
   *
   * @return the precision
   * @throws BadInputException if there is none of that name
   */
  public NamedPrecision get() {
    return name == null ? NamedPrecision.FLOAT32 : NamedPrecision.of(name);
  }
}
