package dev.rootmean.contract;

/** Whether tests that could go on for an hour do: where {@value #PROPERTY} is set to true. */
public final class LongTests {
  /** A system property. */
  public static final String PROPERTY = "rootmean.test.long";

  private LongTests() {}

  /**
   * Tells.
   *
   * @return false if each test is to end in seconds
   */
  public static boolean areWanted() {
    return Boolean.getBoolean(PROPERTY);
  }
}
