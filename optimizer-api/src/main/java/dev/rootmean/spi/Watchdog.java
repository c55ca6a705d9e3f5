package dev.rootmean.spi;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets a wait for a device end, where somebody wants that: one that hangs would be waited for for
 * ever. Off unless the system property {@code rootmean.watchdog} or the environment variable {@code
 * ROOTMEAN_WATCHDOG} says for how many seconds at most is waited. Each device has one.
 *
 * <p>What is waited for so is all that was queued, before each call that is to wait for it, such as
 * a copy to an array, or giving memory back. Not seen is a driver that hangs by itself, as whoever
 * called it is inside: while it looks for devices, makes a context or compiles ({@code
 * cuModuleLoadDataEx}, {@code clBuildProgram}), takes or registers memory ({@code cuMemAlloc},
 * {@code cuMemHostRegister}, {@code clCreateBuffer}), copies when all that was queued is done
 * ({@code cuMemcpyDtoH}, {@code clEnqueueReadBuffer}), or puts something into its queue. Another
 * thread could end none of these calls, but only tell of them.
 *
 * @since 0.1.0
 */
public final class Watchdog {
  private static final Setting SECONDS = new Setting("rootmean.watchdog");

  /** About what a short step takes; after that the processor is left to others. */
  private static final long SPIN_NANOS = 50_000;

  private static final long LONGEST_PAUSE_NANOS = 1_000_000;

  /** 0 if it is off. */
  private final double seconds;

  private boolean isHung;

  /**
   * Makes one, as it is set.
   *
   * @throws dev.rootmean.BackendException if the setting makes no sense
   */
  public Watchdog() {
    seconds = setting();
  }

  /**
   * Looks at the setting, before anything is opened.
   *
   * @throws dev.rootmean.BackendException if it makes no sense
   */
  public static void requireSense() {
    setting();
  }

  private static double setting() {
    return SECONDS.value(Watchdog::seconds, "a number of seconds above 0, such as 30").orElse(0.0);
  }

  private static Optional<Double> seconds(String given) {
    try {
      double seconds = Double.parseDouble(given);
      return seconds > 0 && seconds < Double.POSITIVE_INFINITY
          ? Optional.of(seconds)
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** {@return whether waits are to end} */
  public boolean isOn() {
    return seconds > 0;
  }

  /**
   * Whether the device was waited for in vain. Whatever it has is left to the process's end then:
   * to give it back would wait, too.
   *
   * @return true from then on
   */
  public boolean isHung() {
    return isHung;
  }

  /**
   * Waits for the device.
   *
   * @param isDone asks it
   * @return whether it was done in time; if not, it counts as hung
   */
  public boolean await(BooleanSupplier isDone) {
    long start = System.nanoTime();
    while (!isDone.getAsBoolean()) {
      long waited = System.nanoTime() - start;
      if (waited > seconds * 1e9) {
        isHung = true;
        return false;
      }
      if (waited < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(Math.min(waited / 16, LONGEST_PAUSE_NANOS));
      }
    }
    return true;
  }

  /**
   * What is told of a device that hangs.
   *
   * @return in one line, with what to do
   */
  public String reason() {
    return "the device has not come to an end in "
        + seconds
        + " s, the limit of rootmean.watchdog: close this backend, whose memory stays taken, free"
        + " nothing that was wrapped, and restart the process";
  }
}
