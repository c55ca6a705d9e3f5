package dev.rootmean.spi;

import dev.rootmean.BackendException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a system property says or, where that is blank, an environment variable. A blank one counts
 * as not set, and white space around a value as not there.
 *
 * @param property the property's name, such as {@code rootmean.backend}; the variable's is the same
 *     in capitals, {@code ROOTMEAN_BACKEND}
 * @since 0.1.0
 */
public record Setting(String property) {
  /**
   * Looks for a value, each time anew.
   *
   * @return as it was given; empty if it was not
   */
  public Optional<String> value() {
    return given(System.getProperty(property)).or(() -> given(System.getenv(variable())));
  }

  /** Files of settings often have empty ones, and stray blanks. */
  static Optional<String> given(String setting) {
    return Optional.ofNullable(setting).map(String::strip).filter(text -> !text.isEmpty());
  }

  private String variable() {
    return property.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  /**
   * Looks for a value of a certain kind.
   *
   * @param <T> its kind
   * @param meaning makes one of what was given; empty if that is none
   * @param expected which there are, for the message
   * @return the value; empty if none was given
   * @throws BackendException if what was given is none
   */
  public <T> Optional<T> value(Function<String, Optional<T>> meaning, String expected) {
    Optional<String> given = value();
    Optional<T> value = given.flatMap(meaning);
    if (given.isPresent() && value.isEmpty()) {
      boolean isProperty = given(System.getProperty(property)).isPresent();
      String name = isProperty ? "-D" + property : variable();
      throw new BackendException(
          "rootmean", "settings", name + "=" + given.get() + ": expected " + expected, null);
    }
    return value;
  }
}
