package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.events.FlightRecording;
import java.lang.StackWalker.StackFrame;
import java.lang.ref.Cleaner;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Notices what was dropped without being closed: a safety net, for the garbage collector knows
 * nothing of a device's memory. The thread that does it is the system's: it keeps no context class
 * loader of an application's alive.
 *
 * @since 0.1.0
 */
public final class Leaks {
  private static final Logger LOG = LoggerFactory.getLogger(Leaks.class);
  static final String UNKNOWN = "an unknown place";
  private static Cleaner cleaner;

  private static final Setting DETAIL = new Setting("rootmean.leaks");

  /** How much is told of what was dropped. */
  enum Detail {
    /** Nothing. */
    OFF,
    /** Which line of a program made it; of a buffer, which is freed and so no harm, at DEBUG. */
    SIMPLE,
    /** The whole stack, of a buffer too. */
    PARANOID;

    /**
     * Looks at the setting, which takes longer than a view of others' memory.
     *
     * @throws BackendException if it makes no sense
     */
    static Detail now() {
      return DETAIL.value(Detail::of, "off, simple or paranoid").orElse(SIMPLE);
    }

    private static Optional<Detail> of(String given) {
      return Stream.of(values()).filter(detail -> detail.name().equalsIgnoreCase(given)).findAny();
    }
  }

  private Leaks() {}

  /**
   * Looks at the setting of how much is told, before anything is opened.
   *
   * @throws BackendException if it makes no sense
   */
  public static void requireSense() {
    Detail.now();
  }

  /**
   * What is told of something that was dropped.
   *
   * @param log where
   * @param level as what, unless more is to be told than that
   * @param what names it
   * @param happened follows the line of the program that made it
   */
  record Told(Logger log, Level level, String what, String happened) {
    private void tell(Level raised, String maker, Throwable stack) {
      log.atLevel(raised).setCause(stack).log("{} of {}{}", what, maker, happened);
    }
  }

  /**
   * Gives back what belongs to an object once nothing refers to the object any more, and tells it.
   * The line of a program that made the owner is looked for only where it is told: to walk the
   * stack takes longer than all else of a view of others' memory.
   *
   * @param wanted how much is told in the log
   * @param owner what is watched
   * @param told what is told
   * @param bytes of the device's memory that it has, 0 if that is not known
   * @param dropped gives it back, in another thread, and says whether there was anything left; must
   *     not refer to the owner
   * @return to be cleaned when the owner is closed: {@code dropped} is called at once
   */
  static Cleaner.Cleanable watch(
      Detail wanted, Object owner, Told told, long bytes, BooleanSupplier dropped) {
    boolean isWhole = wanted == Detail.PARANOID;
    Level level = isWhole ? Level.WARN : told.level;
    boolean isTold = wanted != Detail.OFF && told.log.isEnabledForLevel(level);
    String maker = isTold || FlightRecording.wantsLeaks() ? maker() : UNKNOWN;
    Throwable stack = isTold && isWhole ? new Throwable("made here") : null;
    return cleaner()
        .register(
            owner,
            () -> {
              if (dropped.getAsBoolean()) {
                if (isTold) {
                  told.tell(level, maker, stack);
                }
                FlightRecording.leak(told.what, 1, bytes, maker);
              }
            });
  }

  private static String maker() {
    return StackWalker.getInstance()
        .walk(frames -> frames.filter(Leaks::isTheirs).findFirst())
        .map(Leaks::line)
        .orElse(UNKNOWN);
  }

  /** Not a constant: where the system has no thread left for it now, it may have one later. */
  private static synchronized Cleaner cleaner() {
    if (cleaner == null) {
      cleaner = Cleaner.create();
    }
    return cleaner;
  }

  /**
   * Warns when nothing refers to the owner of some buffers any more, unless they are closed by
   * then. Their memory is left to themselves: somebody may still refer to one.
   *
   * @param owner what is watched
   * @param what names it in the warning
   * @param memory one of the buffers, which must not refer to the owner
   * @return to be cleaned when the owner has closed its buffers
   * @throws BackendException if the setting of how much is told makes no sense
   */
  public static Cleaner.Cleanable warn(Object owner, String what, DeviceBuffer memory) {
    String happened = " was dropped without close: memory is freed as its buffers are dropped";
    Told told = new Told(LOG, Level.WARN, what, happened);
    return watch(Detail.now(), owner, told, 0, () -> isOpen(memory));
  }

  private static boolean isOpen(DeviceBuffer buffer) {
    try {
      buffer.slice(0, 1).close();
      return true;
    } catch (IllegalStateException | BackendException e) {
      return false;
    }
  }

  /** Nor is a line of an adapter's where a user opened something. */
  private static boolean isTheirs(StackFrame frame) {
    String type = frame.getClassName();
    return !type.startsWith("java.")
        && !type.startsWith("jdk.")
        && !type.startsWith("dev.rootmean.");
  }

  private static String line(StackFrame frame) {
    return frame.getClassName()
        + "."
        + frame.getMethodName()
        + "("
        + frame.getFileName()
        + ":"
        + frame.getLineNumber()
        + ")";
  }
}
