package dev.rootmean.checkpoint;

import java.io.IOException;

/**
 * A file says what it must not, or holds what does not fit the optimizer. The message is for
 * people: it names the file, where one is read, what was found and what was expected, in one line,
 * or in one for each tensor that differs.
 *
 * @since 0.1.0
 */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  /** Characters of a name from a file that a message repeats. */
  private static final int MOST_QUOTED = 200;

  CheckpointException(String message) {
    super(message);
  }

  CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A text from a file, in quotes: cut, and with nothing in it that moves a terminal's cursor. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .limit(MOST_QUOTED)
        .forEach(
            point -> {
              if (isPlain(point)) {
                quoted.appendCodePoint(point);
              } else {
                quoted.append("\\u{").append(Integer.toHexString(point)).append('}');
              }
            });
    boolean isCut = text.codePointCount(0, text.length()) > MOST_QUOTED;
    return quoted.append(isCut ? "...\"" : "\"").toString();
  }

  /** {@return whether it shows as itself, and moves nothing} */
  static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }
}
