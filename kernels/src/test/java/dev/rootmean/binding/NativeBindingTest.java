package dev.rootmean.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With a binding like JOCL and JCuda, in a class loader of its own each time; its library is one of
 * the JDK's. (That they are loaded so is the backends' to test.)
 */
class NativeBindingTest {
  private static final String TEMPORARY = "java.io.tmpdir";
  private static final String REFUSAL = "rootmean.test.refusal";
  private static final String PACKAGE = "dev.rootmean.binding.stub";
  private static final byte[] NO_LIBRARY = "no library".getBytes(StandardCharsets.UTF_8);

  private final String before = System.getProperty(TEMPORARY);
  private final Jar jar = new Jar();
  private final List<String> happened = new ArrayList<>();
  @TempDir Path temporary;

  /** Sees the binding's classes, its library unless it has none, and a user of it. */
  private static final class Jar extends ClassLoader {
    private byte[] library;
    private byte[] other;
    private String hidden = "";
    private boolean isAnotherRelease;

    Jar() {
      super(NativeBindingTest.class.getClassLoader());
      library = read(Path.of(System.getProperty("java.home"), "lib", "libprefs.so"));
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(PACKAGE) && !hidden.isEmpty()) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith(PACKAGE) && !name.equals(User.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> found = findLoadedClass(name);
      if (found == null) {
        try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
          if (in == null) {
            throw new ClassNotFoundException(name);
          }
          byte[] bytes = in.readAllBytes();
          found = defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
          throw new ClassNotFoundException(name, e);
        }
      }
      return found;
    }

    @Override
    public InputStream getResourceAsStream(String name) {
      if (name.equals("lib/" + System.mapLibraryName("binding-machine"))) {
        return library == null ? null : new ByteArrayInputStream(library);
      }
      if (name.equals("lib/machine/" + System.mapLibraryName("other"))) {
        return other == null ? null : new ByteArrayInputStream(other);
      }
      if (isAnotherRelease && name.endsWith("/LibUtils.class")) { // its method has another name
        byte[] original = read(Path.of(getResource(name).getPath()));
        String bytes = new String(original, StandardCharsets.ISO_8859_1);
        String other = bytes.replace("createPlatformLibraryName", "createPlatformLibraryWord");
        return new ByteArrayInputStream(other.getBytes(StandardCharsets.ISO_8859_1));
      }
      return super.getResourceAsStream(name);
    }
  }

  /** Its class loader sees the binding. */
  private static final class User {}

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void set() {
    System.setProperty(TEMPORARY, temporary.toString());
  }

  @AfterEach
  void restore() throws IOException {
    System.setProperty(TEMPORARY, before);
    System.clearProperty(REFUSAL);
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private NativeBinding binding(String... needed) throws ClassNotFoundException {
    return new NativeBinding(
        jar.loadClass(User.class.getName()),
        "Binding",
        "org.binding:binding",
        "org.binding:natives",
        PACKAGE,
        PACKAGE + ".Binding",
        () -> "binding",
        needed);
  }

  private static NativeLoadingException failure(NativeBinding binding) {
    return assertThrows(NativeLoadingException.class, binding::load);
  }

  private static void assertFails(String reason, String remedy, NativeBinding binding) {
    NativeLoadingException e = failure(binding);
    assertEquals(reason, e.getMessage());
    assertEquals(remedy, e.remedy());
  }

  @Test
  void theBindingLoadsTheCopy() throws Exception {
    binding().load();
    Class.forName(PACKAGE + ".Binding", true, jar);
  }

  @Test
  void whatIsNextIsDoneOnceAfterTheLibraryIsLoaded() throws Exception {
    NativeBinding binding = binding();
    for (int i = 0; i < 2; i++) {
      binding.load(() -> happened.add("next"));
    }
    assertEquals(List.of("next"), happened);
  }

  @Test
  void twoUsersShareABinding() throws Exception {
    binding().load();
    binding().load();
  }

  @Test
  void whatTheApplicationLoadedIsLeftAlone() throws Exception {
    Class.forName(PACKAGE + ".LibUtils", true, jar);
    String message = failure(binding()).getMessage();
    assertEquals("Binding cannot be loaded: Error while loading", message);
  }

  @Test
  void afterTheApplicationFailedTheReasonIsNoJavaClass() throws Exception {
    assertThrows(UnsatisfiedLinkError.class, () -> Class.forName(PACKAGE + ".Binding", true, jar));
    String reason = "Binding cannot be loaded: the application's own use of it has failed before";
    NativeBinding binding = binding();
    assertFails(reason, "correct what that reported, and restart the application", binding);
    assertFails(reason, "correct what that reported, and restart the application", binding);
  }

  @Test
  void withoutTheBindingItsJarIsNamed() throws Exception {
    NativeBinding binding = binding();
    jar.hidden = PACKAGE;
    for (int i = 0; i < 2; i++) {
      assertFails(
          "Binding is not on the class path", "add the dependency org.binding:binding", binding);
    }
  }

  @Test
  void aReleaseThatLoadsOtherwiseIsToldFromTheOneThatDoesNot() throws Exception {
    jar.isAnotherRelease = true;
    assertFails(
        "Binding cannot be loaded: "
            + PACKAGE
            + ".LibUtils.createPlatformLibraryName(java.lang.String)",
        "use the release of org.binding:binding that this needs",
        binding());
  }

  @Test
  void withoutItsLibraryThatJarIsNamed() throws Exception {
    jar.library = null;
    NativeBinding binding = binding();
    for (int i = 0; i < 2; i++) {
      assertFails(
          "org.binding:natives (machine) is not on the class path",
          "add the dependency org.binding:natives for machine",
          binding);
    }
  }

  @Test
  void whatTheLibraryNeedsIsLoadedBeforeIt() throws Exception {
    NativeBinding binding = binding("other");
    assertFails(
        "org.binding:natives (machine) is not on the class path",
        "add the dependency org.binding:natives for machine",
        binding);
    byte[] good = jar.library;
    jar.other = NO_LIBRARY;
    jar.library = NO_LIBRARY;
    assertContains(System.mapLibraryName("other"), failure(binding).getMessage());
    jar.other = good;
    assertContains(System.mapLibraryName("binding-machine"), failure(binding).getMessage());
    jar.library = good;
    binding.load();
  }

  private static void assertContains(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  @Test
  void aFolderThatCannotBeWrittenToIsNamedAndTriedAgain() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    NativeBinding binding = binding();
    for (Path folder : new Path[] {temporary.resolve("absent"), file}) {
      System.setProperty(TEMPORARY, folder.toString());
      NativeLoadingException e = failure(binding);
      String reason = e.getMessage();
      assertTrue(
          reason.startsWith(
              "Binding cannot be loaded: its library cannot be written to " + folder + ": "),
          reason);
      assertEquals("set -Djava.io.tmpdir to a folder that can be written to", e.remedy());
    }
    for (String nothing : new String[] {"", null}) {
      System.clearProperty(TEMPORARY);
      if (nothing != null) {
        System.setProperty(TEMPORARY, nothing);
      }
      assertEquals(
          "Binding cannot be loaded: java.io.tmpdir is empty", failure(binding).getMessage());
    }
    System.setProperty(TEMPORARY, temporary.toString());
    Files.delete(file);
    binding.load();
  }

  @Test
  void aLibraryThatIsRefusedBeforeTheClassIsTouchedIsTriedAgain() throws Exception {
    byte[] good = jar.library;
    jar.library = NO_LIBRARY;
    NativeBinding binding = binding();
    String reason = failure(binding).getMessage();
    assertTrue(reason.startsWith("Binding cannot be loaded: " + temporary), reason);
    assertEquals(1, reason.lines().count(), reason);
    jar.library = good;
    binding.load();
  }

  @Test
  void aLibraryThatIsRefusedToTheClassIsNotLookedForElsewhere() throws Exception {
    byte[] good = jar.library;
    jar.library = NO_LIBRARY;
    NativeBinding binding = binding();
    NativeLoadingException e =
        assertThrows(NativeLoadingException.class, () -> binding.load(() -> happened.add("next")));
    assertTrue(e.getMessage().startsWith("Binding cannot be loaded: " + temporary), e.getMessage());
    jar.library = good;
    assertEquals(e.getMessage(), failure(binding).getMessage(), "the first reason");
    assertEquals(List.of(), happened);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "libx.so.1: cannot open shared object file: No such file or directory",
        "libx.so.1: Kann die Shared-Object-Datei nicht öffnen: Datei oder Verzeichnis nicht gefunden",
        "/lib/libc.so.6: version `GLIBC_9' not found (required by /tmp/x.so)",
      })
  void theLinkersOwnWordsAreTheReasonEachTime(String words) throws Exception {
    System.setProperty(REFUSAL, "Error\n\tjava.lang.UnsatisfiedLinkError: /tmp/x.so: " + words);
    String remedy = "see with LD_DEBUG=libs what the library needs";
    NativeBinding binding = binding();
    assertFails("Binding cannot be loaded: " + words, remedy, binding);
    System.clearProperty(REFUSAL);
    assertFails("Binding cannot be loaded: " + words, remedy, binding);
  }
}
