package dev.rootmean.events;

import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;

/**
 * Whether somebody records, and the events that are wanted then. Where nobody does, nothing of an
 * event is loaded: to load the first one takes a fifth of a second. Where the JVM has no flight
 * recorder, as one that was linked without the module {@code jdk.jfr}, nobody ever does. This class
 * must not show the verifier an event in the place of another type: it would load it.
 *
 * @since 0.1.0
 */
public final class FlightRecording {
  private static final boolean IS_POSSIBLE = isPossible();

  /** Loaded once somebody records. */
  private static final class Types {
    static final EventType STEP = EventType.getEventType(StepEvent.class);
    static final EventType TRANSFER = EventType.getEventType(TransferEvent.class);
    static final EventType ALLOCATION = EventType.getEventType(AllocationEvent.class);
    static final EventType KERNEL_BUILD = EventType.getEventType(KernelBuildEvent.class);
    static final EventType SKIP = EventType.getEventType(SkipEvent.class);
    static final EventType FALLBACK = EventType.getEventType(FallbackEvent.class);
    static final EventType LEAK = EventType.getEventType(LeakEvent.class);
  }

  private FlightRecording() {}

  private static boolean isPossible() {
    try {
      Class.forName("jdk.jfr.FlightRecorder", false, FlightRecording.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** A read of a field, in every step: without {@code jdk.jfr} not even that. */
  private static boolean isOn() {
    return IS_POSSIBLE && FlightRecorder.isInitialized();
  }

  /** {@return whether steps are to be told} */
  public static boolean wantsSteps() {
    return isOn() && Types.STEP.isEnabled();
  }

  /** {@return whether skipped steps are to be told, which are looked for then} */
  public static boolean wantsSkips() {
    return isOn() && Types.SKIP.isEnabled();
  }

  /** {@return whether leaks are to be told, of which a program's line is looked for then} */
  public static boolean wantsLeaks() {
    return isOn() && Types.LEAK.isEnabled();
  }

  /** {@return a step that begins now; null if it is not to be told} */
  public static StepEvent step() {
    return wantsSteps() ? new StepEvent() : null;
  }

  /** {@return a transfer that begins now; null if it is not to be told} */
  public static TransferEvent transfer() {
    return isOn() && Types.TRANSFER.isEnabled() ? new TransferEvent() : null;
  }

  /** {@return an allocation that begins now; null if it is not to be told} */
  public static AllocationEvent allocation() {
    return isOn() && Types.ALLOCATION.isEnabled() ? new AllocationEvent() : null;
  }

  /** {@return a build that begins now; null if it is not to be told} */
  public static KernelBuildEvent kernelBuild() {
    return isOn() && Types.KERNEL_BUILD.isEnabled() ? new KernelBuildEvent() : null;
  }

  /**
   * Tells of skipped steps, if {@link #wantsSkips()}.
   *
   * @param steps how many there are since the last look
   * @param skipped how many there are in all
   * @param attempts how many steps there were
   * @param norm of the last of them
   * @param lossScale for the next one
   */
  public static void skip(long steps, long skipped, long attempts, double norm, double lossScale) {
    if (wantsSkips()) {
      new SkipEvent().record(steps, skipped, attempts, norm, lossScale);
    }
  }

  /**
   * Tells of a backend that is taken in the place of another.
   *
   * @param from what was lost, or passed over
   * @param to what is taken
   * @param reason why
   * @param lostIn the step, -1 if none had begun
   * @param goesOnFrom the step, -1 if none had begun
   */
  public static void fallback(String from, String to, String reason, long lostIn, long goesOnFrom) {
    if (isOn() && Types.FALLBACK.isEnabled()) {
      new FallbackEvent().record(from, to, reason, lostIn, goesOnFrom);
    }
  }

  /**
   * Tells of something that was not closed.
   *
   * @param what it is
   * @param count how many of it
   * @param bytes 0 if it is not known
   * @param madeAt the line of a program
   */
  public static void leak(String what, int count, long bytes, String madeAt) {
    if (wantsLeaks()) {
      new LeakEvent().record(what, count, bytes, madeAt);
    }
  }
}
