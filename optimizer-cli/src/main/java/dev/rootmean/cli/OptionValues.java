package dev.rootmean.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** What an option's text becomes; picocli's own complaints would name Java's types. */
public final class OptionValues {
  /** Between values. One at the end is none: Java would drop the empty value after it unsaid. */
  public static final String COMMA = ",(?!$)";

  private OptionValues() {}

  static CommandLine register(CommandLine command) {
    return command
        .registerConverter(Path.class, OptionValues::path)
        .registerConverter(int.class, OptionValues::wholeInt)
        .registerConverter(Integer.class, OptionValues::wholeInt)
        .registerConverter(long.class, OptionValues::wholeLong)
        .registerConverter(double.class, OptionValues::number)
        .registerConverter(Double.class, OptionValues::number);
  }

  private static Path path(String given) {
    if (given.isEmpty()) {
      throw new TypeConversionException("'' is no path");
    }
    try {
      return Path.of(given);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "'"
              + given
              + "' is no path here: a character is not allowed, or not in this locale's "
              + System.getProperty("native.encoding")
              + " (LC_ALL=C.UTF-8 has all)");
    }
  }

  private static int wholeInt(String given) {
    try {
      return Integer.parseInt(given);
    } catch (NumberFormatException e) {
      throw notWhole(given, Integer.MAX_VALUE);
    }
  }

  private static long wholeLong(String given) {
    try {
      return Long.parseLong(given);
    } catch (NumberFormatException e) {
      throw notWhole(given, Long.MAX_VALUE);
    }
  }

  private static TypeConversionException notWhole(String given, long most) {
    return new TypeConversionException("'" + given + "' is not a whole number up to " + most);
  }

  private static double number(String given) {
    try {
      return Double.parseDouble(given);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + given + "' is not a number");
    }
  }
}
