package dev.rootmean.spi;

import java.util.List;

/**
 * A Java binding whose native libraries are loaded once and safely, as {@link NativeLibraries}
 * says.
 */
public final class NativeBinding {
  private final Class<?> binding;
  private final String library;
  private final Runnable touch;
  private String failure;
  private boolean loaded;

  /**
   * Describes a binding; nothing is loaded yet.
   *
   * @param binding a class of the binding's jar that may be loaded before its library is
   * @param library the path of the library among the binding's resources
   * @param touch any call that makes the binding load it
   */
  public NativeBinding(Class<?> binding, String library, Runnable touch) {
    this.binding = binding;
    this.library = library;
    this.touch = touch;
  }

  /**
   * Loads the library; a later call gives the first one's outcome.
   *
   * @throws UnsatisfiedLinkError if it cannot be loaded; the message is one line
   */
  public synchronized void load() {
    if (failure != null) {
      // The JVM's own second answer would be a NoClassDefFoundError without a reason.
      throw new UnsatisfiedLinkError(failure);
    }
    if (!loaded) {
      try {
        NativeLibraries.load(binding, List.of(library), touch);
        loaded = true;
      } catch (UnsatisfiedLinkError e) {
        failure = e.getMessage();
        throw e;
      }
    }
  }
}
