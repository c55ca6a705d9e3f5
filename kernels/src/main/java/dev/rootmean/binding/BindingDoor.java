package dev.rootmean.binding;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The way into the loading of JOCL and JCuda. Each has a class {@code LibUtils} that looks on
 * {@code java.library.path}, and then writes its library to a predictable name in the folder for
 * temporary files and loads what lies there, whoever put it there and however much of it. Neither
 * can be told another place but by system properties, which are not ours to change. So that class
 * is defined here, before it is first used, from its own bytes with one name exchanged: its {@link
 * System} is {@link BindingSystem}. It does what it did, but for libraries of which there is a
 * copy.
 */
final class BindingDoor {
  private final MethodHandles.Lookup inside;
  private final Class<?> libUtils;
  private final Class<?> system;

  /**
   * Finds or makes it.
   *
   * @param bindingPackage where the binding has its {@code LibUtils}
   * @param loader sees the binding
   * @throws ClassNotFoundException if it does not
   */
  BindingDoor(String bindingPackage, ClassLoader loader)
      throws ReflectiveOperationException, IOException {
    Class<?> neighbour = Class.forName(bindingPackage + ".NativePointerObject", false, loader);
    BindingDoor.class.getModule().addReads(neighbour.getModule());
    inside = MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup());
    String name = bindingPackage + ".RootmeanSystem";
    synchronized (neighbour) { // whatever class loader this class has
      system = findOrDefine(name);
      libUtils = exchange(bindingPackage + ".LibUtils", name);
    }
  }

  private Class<?> findOrDefine(String name) throws ReflectiveOperationException, IOException {
    try {
      return inside.findClass(name);
    } catch (ClassNotFoundException e) {
      try (InputStream own = getClass().getResourceAsStream("BindingSystem.class")) {
        return inside.defineClass(
            exchanged(own.readAllBytes(), BindingSystem.class.getName(), name));
      }
    }
  }

  private Class<?> exchange(String name, String systemsName)
      throws ReflectiveOperationException, IOException {
    if (!isInUse()) {
      String file = name.replace('.', '/') + ".class";
      try (InputStream original = loader().getResourceAsStream(file)) {
        if (original != null) {
          inside.defineClass(
              exchanged(original.readAllBytes(), System.class.getName(), systemsName));
          map("IN_USE").put(name, true);
        }
      } catch (LinkageError e) {
        // The application has used the binding already: then it loads as it does there.
      }
    }
    return inside.findClass(name);
  }

  /** A class file with another name for a class that it names. */
  private static byte[] exchanged(byte[] classFile, String from, String to) throws IOException {
    String old = from.replace('.', '/');
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(in.readLong()); // magic number and version
    int constants = in.readUnsignedShort();
    out.writeShort(constants);
    int i = 1;
    while (i < constants) {
      int tag = in.readUnsignedByte();
      out.writeByte(tag);
      switch (tag) {
        case 1 -> { // text
          String text = in.readUTF();
          out.writeUTF(text.equals(old) ? to.replace('.', '/') : text);
        }
        case 5, 6 -> out.write(in.readNBytes(8)); // long, double: they count twice
        case 7, 8, 16, 19, 20 -> out.write(in.readNBytes(2)); // one index
        case 15 -> out.write(in.readNBytes(3)); // method handle
        default -> out.write(in.readNBytes(4)); // int, float or two indices
      }
      i += tag == 5 || tag == 6 ? 2 : 1;
    }
    in.transferTo(out);
    return bytes.toByteArray();
  }

  @SuppressWarnings("unchecked")
  private Map<Object, Object> map(String name) throws ReflectiveOperationException {
    return (Map<Object, Object>) inside.findStaticVarHandle(system, name, Map.class).get();
  }

  /** Whether the binding asks here; otherwise the application's own use of it came first. */
  boolean isInUse() throws ReflectiveOperationException {
    return !map("IN_USE").isEmpty();
  }

  /** A library's name on this machine, as the binding makes it. */
  String platformName(String library) throws ReflectiveOperationException {
    Method name = libUtils.getMethod("createPlatformLibraryName", String.class);
    return (String) name.invoke(null, library);
  }

  /** A file among the binding's, wherever on the class path or the module path it lies; or null. */
  InputStream resource(String path) {
    return loader().getResourceAsStream(path);
  }

  private ClassLoader loader() {
    return inside.lookupClass().getClassLoader();
  }

  /** Has a copy loaded in a library's place. */
  void give(String library, Path copy) throws ReflectiveOperationException {
    map("COPIES").put(library, copy.toString());
  }

  /** Loads a library for the binding, of which nothing is touched. */
  @SuppressWarnings("unchecked")
  void load(String library) throws ReflectiveOperationException {
    MethodType type = MethodType.methodType(void.class, String.class);
    MethodHandle load = inside.findStatic(system, "loadLibrary", type);
    MethodHandleProxies.asInterfaceInstance(Consumer.class, load).accept(library);
  }

  /** Why a copy could not be loaded on this thread; the binding's message would bury it. */
  Optional<LinkageError> refusal() throws ReflectiveOperationException {
    return Optional.ofNullable((LinkageError) map("REFUSALS").get(Thread.currentThread()));
  }

  /** Says what is done as soon as the library is loaded. */
  void then(String library, Runnable next) throws ReflectiveOperationException {
    map("NEXT").put(library, next);
  }

  /** Leaves the library to the binding again. */
  void leave(String library) throws ReflectiveOperationException {
    map("COPIES").remove(library);
    map("NEXT").remove(library);
    map("REFUSALS").remove(Thread.currentThread());
  }

  /** What those who share the binding take turns by. */
  Object turn() {
    return system;
  }
}
