package dev.rootmean;

/**
 * The device has too little memory left for an allocation. Nothing was changed: the call can be
 * tried again with less, or after other buffers are closed.
 *
 * @since 0.1.0
 */
public final class DeviceOutOfMemoryException extends BackendException {
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
  public DeviceOutOfMemoryException(
      String backend,
      String operation,
      int nativeCode,
      String nativeCodeName,
      String reason,
      Throwable cause) {
    super(backend, operation, nativeCode, nativeCodeName, reason, cause);
  }
}
