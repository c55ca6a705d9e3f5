package dev.rootmean;

/**
 * The device stopped working, and this backend with it: every later call on it throws this again.
 * What was in its buffers is gone. To go on, close the backend and open one on another device, or a
 * new one on the same where the message says so. After a kernel of anybody's has failed, CUDA does
 * not let the process have that GPU again, and the message says to restart it.
 *
 * @since 0.1.0
 */
public final class DeviceLostException extends BackendException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param backend the name of the backend
   * @param operation what was being done
   * @param nativeCode the code that the native call gave, 0 if there is none
   * @param nativeCodeName the name of that code, empty if there is none
   * @param reason one line: what went wrong, and what would mend it
   * @param cause the underlying failure, or null
   */
  public DeviceLostException(
      String backend,
      String operation,
      int nativeCode,
      String nativeCodeName,
      String reason,
      Throwable cause) {
    super(backend, operation, nativeCode, nativeCodeName, reason, cause);
  }
}
