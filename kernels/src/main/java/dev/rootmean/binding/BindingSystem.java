package dev.rootmean.binding;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands in for {@link System} in a binding's {@code LibUtils}, with all that it calls of it. Used
 * under another name only: {@link BindingDoor} defines it in the binding's own package, so that
 * what it loads belongs to the binding's class loader.
 */
final class BindingSystem {
  /** By the name of a library, the file that is loaded for it; others are the system's. */
  static final Map<String, String> COPIES = new ConcurrentHashMap<>();

  /** By the name of a library, what is done as soon as it is loaded. */
  static final Map<String, Runnable> NEXT = new ConcurrentHashMap<>();

  /** By the thread, why it could not load a copy. */
  static final Map<Thread, LinkageError> REFUSALS = new ConcurrentHashMap<>();

  /** Not empty once the binding asks here. */
  static final Map<String, Boolean> IN_USE = new ConcurrentHashMap<>();

  private BindingSystem() {}

  static void loadLibrary(String name) {
    String copy = COPIES.get(name);
    if (copy == null) {
      System.loadLibrary(name);
    } else {
      loadCopy(copy);
    }
    Runnable next = NEXT.get(name);
    if (next != null) {
      next.run();
    }
  }

  private static void loadCopy(String copy) {
    try {
      System.load(copy);
    } catch (LinkageError e) {
      REFUSALS.put(Thread.currentThread(), e);
      throw e;
    }
  }

  static void load(String file) {
    System.load(file);
  }

  /** After a copy was refused LibUtils would look into the folder for temporary files. */
  static String getProperty(String key) {
    LinkageError refusal = REFUSALS.get(Thread.currentThread());
    if (refusal != null && key.equals("java.io.tmpdir")) {
      throw refusal;
    }
    return System.getProperty(key);
  }
}
