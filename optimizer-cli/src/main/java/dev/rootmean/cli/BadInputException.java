package dev.rootmean.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The user asked for something that cannot be had; the message is the one line to say so. */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message for the user: which option, what is wrong, what was expected
   */
  public BadInputException(String message) {
    super(message);
  }

  /**
   * What became of a file, in words: the messages of the commonest exceptions are its path alone.
   *
   * @param e what the file system threw
   * @return the reason, without the path where the system gives one
   */
  public static String why(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    return e.getMessage();
  }
}
