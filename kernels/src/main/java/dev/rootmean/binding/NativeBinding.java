package dev.rootmean.binding;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * JOCL or a part of JCuda, whose native library is loaded once and safely: from {@code
 * java.library.path}, as the binding itself would, or else from a verified copy in a private folder
 * that is gone afterwards. No system property is changed. What has failed before the binding's
 * class was touched can be tried again.
 *
 * @since 0.1.0
 */
public final class NativeBinding {
  private static final String TEMPORARY_FOLDER = "java.io.tmpdir";

  /** What was to be loaded, and what the linker says, in the user's language, of what it lacks. */
  private static final Pattern LINKERS_LINE =
      Pattern.compile("\\.so\\S*: ([^\\s:]+\\.so[^\\s:]*: .*)");

  private static final String WRITABLE =
      "set -D" + TEMPORARY_FOLDER + " to a folder that can be written to";
  private static final String EXECUTABLE = "set -D" + TEMPORARY_FOLDER + " to a folder that does";
  private static final String RESTART = "correct what that reported, and restart the application";
  private static final String LINKER = "see with LD_DEBUG=libs what the library needs";

  private final Class<?> user;
  private final String name;
  private final String artifact;
  private final String natives;
  private final String bindingPackage;
  private final String mainClass;
  private final Supplier<String> library;
  private final List<String> needed;
  private NativeLoadingException failure;
  private boolean loaded;

  /**
   * Describes a binding; nothing is loaded yet.
   *
   * @param user a class whose class loader sees the binding
   * @param name what the binding is called
   * @param artifact the Maven artifact that has its classes
   * @param natives the Maven artifact that has its libraries
   * @param bindingPackage the package that has its {@code LibUtils}
   * @param mainClass the class that loads the library when it is first used
   * @param library the library's name without the machine's; asked once the binding is there
   * @param needed the names of other libraries in the same artifact, which that one is linked with
   */
  public NativeBinding(
      Class<?> user,
      String name,
      String artifact,
      String natives,
      String bindingPackage,
      String mainClass,
      Supplier<String> library,
      String... needed) {
    this.user = user;
    this.name = name;
    this.artifact = artifact;
    this.natives = natives;
    this.bindingPackage = bindingPackage;
    this.mainClass = mainClass;
    this.library = library;
    this.needed = List.of(needed);
  }

  /**
   * Loads the library unless it is loaded, and only then lets the binding's class use it: if the
   * library cannot be linked, the class is untouched and can be tried again.
   *
   * @throws NativeLoadingException if it cannot be loaded; if the binding cannot be used any more
   *     in this process, then each time with the first reason
   */
  public void load() throws NativeLoadingException {
    load(null);
  }

  /**
   * Has the binding's class load the library unless it is loaded.
   *
   * @param next called on this thread when the library is loaded, before the binding uses it; not
   *     if the application has used the binding already
   * @throws NativeLoadingException as above
   */
  public synchronized void load(Runnable next) throws NativeLoadingException {
    if (failure != null) {
      // The JVM's own second answer would be a NoClassDefFoundError without a reason.
      throw failure;
    }
    if (!loaded) {
      try {
        Class.forName(mainClass, false, user.getClassLoader());
        BindingDoor door = new BindingDoor(bindingPackage, user.getClassLoader());
        synchronized (door.turn()) {
          loadThrough(door, next);
        }
      } catch (ClassNotFoundException e) {
        throw missing(name, artifact);
      } catch (ReflectiveOperationException | IOException e) {
        throw cannotBeLoaded(
            String.valueOf(e.getMessage()),
            "use the release of " + artifact + " that this needs",
            e);
      }
      loaded = true;
    }
  }

  private void loadThrough(BindingDoor door, Runnable next)
      throws NativeLoadingException, ReflectiveOperationException, IOException {
    if (!door.isInUse()) {
      initialise(door);
      return;
    }
    String base = library.get();
    String onThisMachine = door.platformName(base);
    String machine = onThisMachine.substring(base.length() + 1);
    try {
      if (isOnLibraryPath(System.mapLibraryName(onThisMachine))) {
        load(door, onThisMachine, next);
      } else {
        loadCopies(door, onThisMachine, machine, next);
      }
    } finally {
      for (String other : needed) {
        door.leave(other);
      }
      door.leave(onThisMachine);
    }
  }

  private static boolean isOnLibraryPath(String file) {
    String path = System.getProperty("java.library.path", "");
    return Stream.of(path.split(File.pathSeparator))
        .anyMatch(folder -> new File(folder, file).isFile());
  }

  private void loadCopies(BindingDoor door, String onThisMachine, String machine, Runnable next)
      throws NativeLoadingException, ReflectiveOperationException {
    String temporary = System.getProperty(TEMPORARY_FOLDER, "");
    if (temporary.isEmpty()) {
      throw cannotBeLoaded(TEMPORARY_FOLDER + " is empty", WRITABLE, null);
    }
    try (PrivateFolder folder = PrivateFolder.in(Path.of(temporary))) {
      String parts = "lib/" + machine.replace('-', '/') + "/";
      for (String other : needed) { // the linker takes what is loaded already
        door.give(other, copy(door, folder, parts + System.mapLibraryName(other), machine));
        load(door, other);
      }
      String file = "lib/" + System.mapLibraryName(onThisMachine);
      door.give(onThisMachine, copy(door, folder, file, machine));
      load(door, onThisMachine, next);
    } catch (IOException e) {
      String reason = "its library cannot be written to " + temporary + ": " + PrivateFolder.why(e);
      throw cannotBeLoaded(reason, WRITABLE, e);
    }
  }

  private Path copy(BindingDoor door, PrivateFolder folder, String resource, String machine)
      throws NativeLoadingException, IOException {
    try (InputStream in = door.resource(resource)) {
      if (in == null) {
        throw missing(natives + " (" + machine + ")", natives + " for " + machine);
      }
      Path copy = folder.copy(in, resource.substring(resource.lastIndexOf('/') + 1));
      if (!PrivateFolder.allowsToRun(copy)) {
        String reason = " does not allow native libraries (mounted noexec?)";
        throw cannotBeLoaded(System.getProperty(TEMPORARY_FOLDER) + reason, EXECUTABLE, null);
      }
      return copy;
    }
  }

  private void load(BindingDoor door, String onThisMachine, Runnable next)
      throws NativeLoadingException, ReflectiveOperationException {
    if (next == null) {
      load(door, onThisMachine);
    } else {
      door.then(onThisMachine, next);
    }
    initialise(door);
  }

  private void load(BindingDoor door, String onThisMachine)
      throws NativeLoadingException, ReflectiveOperationException {
    try {
      door.load(onThisMachine);
    } catch (LinkageError e) {
      throw refused(e);
    }
  }

  /** Has the binding load what the door holds; the JVM lets it do so only once. */
  private void initialise(BindingDoor door)
      throws NativeLoadingException, ReflectiveOperationException {
    try {
      Class.forName(mainClass, true, user.getClassLoader());
    } catch (LinkageError e) {
      failure = refused(door.refusal().orElse(e));
      throw failure;
    }
  }

  private NativeLoadingException refused(LinkageError e) {
    if (e instanceof NoClassDefFoundError) {
      return cannotBeLoaded("the application's own use of it has failed before", RESTART, e);
    }
    return cannotBeLoaded(words(e), LINKER, e);
  }

  private static NativeLoadingException missing(String what, String artifact) {
    return new NativeLoadingException(
        what + " is not on the class path", "add the dependency " + artifact, null);
  }

  private NativeLoadingException cannotBeLoaded(String reason, String remedy, Throwable cause) {
    return new NativeLoadingException(name + " cannot be loaded: " + reason, remedy, cause);
  }

  /** The bindings put whole stack traces into their messages; the linker's own line is in them. */
  private static String words(LinkageError e) {
    Throwable told = e instanceof ExceptionInInitializerError ? e.getCause() : e;
    String message = String.valueOf(told.getMessage());
    Matcher linkers = LINKERS_LINE.matcher(message);
    return linkers.find() ? linkers.group(1) : message.lines().findFirst().orElse("");
  }
}
