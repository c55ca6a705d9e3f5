package dev.rootmean;

/** A failure in one line, as the report and the log have it. */
final class OneLine {
  private OneLine() {}

  static String of(Throwable failure) {
    String text = failure.toString();
    if (failure instanceof BackendException) {
      text = failure.getMessage();
    } else if (failure instanceof OutOfMemoryError) {
      text = "Java's memory is used up (" + failure.getMessage() + "): give it more, as by -Xmx";
    } else if (failure instanceof Error && failure.getCause() != null) {
      text += ": " + failure.getCause(); // of class loaders' errors it is the cause that tells
    }
    return of(text);
  }

  static String of(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
