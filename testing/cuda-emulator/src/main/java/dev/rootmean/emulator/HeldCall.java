package dev.rootmean.emulator;

/** A driver call that a test holds back, to see what other threads can do meanwhile. */
public final class HeldCall {
  private HeldCall() {}

  /**
   * Holds the next call of a function back until {@link #release}, or for a minute if that does not
   * come.
   *
   * @param function name in cuda.h, with or without version, such as cuModuleLoadDataEx
   * @throws IllegalArgumentException if JCuda calls no such function
   */
  public static void next(String function) {
    if (!DriverLibrary.hold(function)) {
      throw CudaEmulator.unknown(function);
    }
  }

  /** Waits until the call is held; fails if it does not come within a minute. */
  public static void await() {
    if (!DriverLibrary.awaitHeld()) {
      throw new IllegalStateException("no call came to be held within a minute");
    }
  }

  /**
   * Lets the call go on.
   *
   * @return whether it was still held: false if its minute was over
   */
  public static boolean release() {
    return DriverLibrary.release();
  }
}
