package dev.rootmean;

import java.util.Objects;

/**
 * A backend could not do what was asked of it: the device, its driver or their absence is the
 * reason, not an argument.
 *
 * @since 0.1.0
 */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The backend's name. */
  private final String backend;

  /** What was being done. */
  private final String operation;

  /** 0 if there is none. */
  private final int nativeCode;

  /** Empty if there is none. */
  private final String nativeCodeName;

  /** One line. */
  private final String reason;

  /**
   * Makes an exception for a failure that has no native error code.
   *
   * @param backend the backend's name, such as {@code opencl}
   * @param operation what was being done, such as {@code open}
   * @param reason one line: what went wrong, and what would mend it
   * @param cause the underlying failure, or null
   */
  public BackendException(String backend, String operation, String reason, Throwable cause) {
    this(backend, operation, 0, "", reason, cause);
  }

  /**
   * Makes an exception for a failed native call.
   *
   * @param backend the backend's name, such as {@code opencl}
   * @param operation what was being done, such as {@code clCreateBuffer}
   * @param nativeCode the code that the native call gave, 0 if there is none
   * @param nativeCodeName that code's name in the native interface, empty if there is none
   * @param reason one line: what went wrong, and what would mend it
   * @param cause the underlying failure, or null
   */
  public BackendException(
      String backend,
      String operation,
      int nativeCode,
      String nativeCodeName,
      String reason,
      Throwable cause) {
    super(message(backend, operation, nativeCode, nativeCodeName, reason), cause);
    this.backend = backend;
    this.operation = operation;
    this.nativeCode = nativeCode;
    this.nativeCodeName = nativeCodeName;
    this.reason = reason;
  }

  private static String message(
      String backend, String operation, int nativeCode, String nativeCodeName, String reason) {
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(operation, "operation");
    String code = nativeCode == 0 ? "" : " (" + nativeCodeName + ", " + nativeCode + ")";
    return backend + ": " + operation + ": " + reason + code;
  }

  /**
   * Which backend failed.
   *
   * @return the backend's name
   */
  public final String backend() {
    return backend;
  }

  /**
   * What it was doing.
   *
   * @return the operation's name
   */
  public final String operation() {
    return operation;
  }

  /**
   * The native error code.
   *
   * @return the code, 0 if there is none
   */
  public final int nativeCode() {
    return nativeCode;
  }

  /**
   * The native error code's name.
   *
   * @return the name, empty if there is none
   */
  public final String nativeCodeName() {
    return nativeCodeName;
  }

  /**
   * Why it failed: the message without what the other methods give.
   *
   * @return one line: what went wrong, and what would mend it
   */
  public final String reason() {
    return reason;
  }
}
