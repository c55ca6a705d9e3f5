package dev.rootmean.cli;

/** The user asked for something that cannot be had; the message is the one line to say so. */
final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadInputException(String message) {
    super(message);
  }
}
