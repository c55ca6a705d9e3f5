package dev.rootmean.cli;

import dev.rootmean.DataType;
import dev.rootmean.Precision;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The precisions that the command line has, by the names that they have there. */
public enum NamedPrecision {
  /** {@link Precision#FLOAT32}. */
  FLOAT32,
  /** {@link Precision#BFLOAT16}. */
  BFLOAT16,
  /** {@link Precision#BFLOAT16_WITH_REMAINDER}. */
  BFLOAT16_REMAINDER,
  /** {@link Precision#BFLOAT16} with accumulators that are kept like it. */
  BFLOAT16_ALL,
  /** {@link Precision#BFLOAT16} with accumulators in blocks of 8 bits. */
  BFLOAT16_BLOCK8,
  /** {@link Precision#FLOAT32} with accumulators in blocks of 8 bits. */
  FLOAT32_BLOCK8,
  /** {@link Precision#FLOAT16}. */
  FLOAT16,
  /** BFLOAT16 as other frameworks have it. */
  BFLOAT16_NEAREST;

  /**
   * The precision.
   *
   * @return with seed 0
   */
  public Precision precision() {
    return switch (this) {
      case FLOAT32 -> Precision.FLOAT32;
      case BFLOAT16 -> Precision.BFLOAT16;
      case BFLOAT16_REMAINDER -> Precision.BFLOAT16_WITH_REMAINDER;
      case BFLOAT16_ALL -> Precision.BFLOAT16.withAccumulators(DataType.BFLOAT16);
      case BFLOAT16_BLOCK8 -> Precision.BFLOAT16.withAccumulators(DataType.BLOCK8);
      case FLOAT32_BLOCK8 -> Precision.FLOAT32.withAccumulators(DataType.BLOCK8);
      case FLOAT16 -> Precision.FLOAT16;
      case BFLOAT16_NEAREST -> Precision.of(DataType.BFLOAT16);
    };
  }

  /**
   * The precision of a name.
   *
   * @param name as {@link #toString} gives it
   * @return the precision
   * @throws BadInputException if there is none
   */
  static NamedPrecision of(String name) {
    List<String> names = Stream.of(values()).map(NamedPrecision::toString).toList();
    int found = names.indexOf(name);
    if (found < 0) {
      throw new BadInputException(
          "--precision " + name + ": expected " + String.join(" or ", names));
    }
    return values()[found];
  }

  /** As the command line has it: lower case, with hyphens. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
