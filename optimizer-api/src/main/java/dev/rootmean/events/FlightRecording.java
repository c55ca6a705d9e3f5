package dev.rootmean.events;

import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;

/**
 * Whether somebody records, and the events that are wanted then. Where nobody does, nothing of an
 * event is loaded: to load the first one takes a fifth of a second. Where the JVM has no flight
 * recorder, as one that was linked without the module {@code jdk.jfr}, nobody ever does. This class
 * must not show the verifier an event in the place of another type: it would load it.
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

  /** {@return a skip; null if it is not to be told} */
  public static SkipEvent skip() {
    return wantsSkips() ? new SkipEvent() : null;
  }

  /** {@return a fallback; null if it is not to be told} */
  public static FallbackEvent fallback() {
    return isOn() && Types.FALLBACK.isEnabled() ? new FallbackEvent() : null;
  }

  /** {@return a leak; null if it is not to be told} */
  public static LeakEvent leak() {
    return wantsLeaks() ? new LeakEvent() : null;
  }
}
