package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import java.lang.StackWalker.StackFrame;
import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what was dropped without being closed. The thread that does it is the system's: it keeps
 * no context class loader of an application's alive.
 */
public final class Leaks {
  private static final Logger LOG = LoggerFactory.getLogger(Leaks.class);
  private static final String UNKNOWN = "an unknown place";
  private static Cleaner cleaner;

  /** Whose frames say nothing of where a user opened something. */
  private static final Set<String> OURS =
      Set.of(
          "dev.rootmean",
          "dev.rootmean.spi",
          "dev.rootmean.cpu",
          "dev.rootmean.cuda",
          "dev.rootmean.opencl");

  private Leaks() {}

  /**
   * Waits until nothing refers to an object any more.
   *
   * @param owner what is watched
   * @param told whether it is to be known which line of a program makes the owner: to walk the
   *     stack takes longer than all else of a view of others' memory
   * @param dropped is told that line then, by another thread; must not refer to the owner
   * @return to be cleaned when the owner is closed: {@code dropped} is told at once, and finds
   *     nothing left to do
   */
  public static Cleaner.Cleanable watch(Object owner, boolean told, Consumer<String> dropped) {
    String maker = told ? maker() : UNKNOWN;
    return cleaner().register(owner, () -> dropped.accept(maker));
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
   */
  public static Cleaner.Cleanable warn(Object owner, String what, DeviceBuffer memory) {
    return watch(
        owner,
        true,
        maker -> {
          if (isOpen(memory)) {
            LOG.warn(
                "{} of {} was dropped without close: memory is freed as its buffers are dropped",
                what,
                maker);
          }
        });
  }

  private static boolean isOpen(DeviceBuffer buffer) {
    try {
      buffer.slice(0, 1).close();
      return true;
    } catch (IllegalStateException | BackendException e) {
      return false;
    }
  }

  private static boolean isTheirs(StackFrame frame) {
    String type = frame.getClassName();
    return !type.startsWith("java.")
        && !type.startsWith("jdk.")
        && !OURS.contains(type.substring(0, Math.max(0, type.lastIndexOf('.'))));
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
