package dev.rootmean.binding;

/**
 * A binding's native library that cannot be loaded. The message is one line.
 *
 * @since 0.1.0
 */
public final class NativeLoadingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What would mend it, in one line. */
  private final String remedy;

  /**
   * Tells of a failure.
   *
   * @param reason why, in one line
   * @param remedy what would mend it, in one line
   * @param cause the failure behind it, or null
   */
  public NativeLoadingException(String reason, String remedy, Throwable cause) {
    super(reason, cause);
    this.remedy = remedy;
  }

  /**
   * Tells what would mend it.
   *
   * @return in one line
   */
  public String remedy() {
    return remedy;
  }
}
