package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.LogCapture;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60) // what fails for ever was once asked for ever
class ProvidersTest {
  private static final String CUDA = "dev.rootmean.cuda.CudaProvider";

  /** What the planted class loaders offer. */
  public static final class Offered implements BackendProvider {
    @Override
    public String name() {
      return "offered";
    }

    @Override
    public int priority() {
      return 1;
    }

    @Override
    public Availability probe() {
      return Availability.none("only a test", "none", null);
    }

    @Override
    public OptimizerBackend open(String device) {
      throw new BackendException(name(), "open", "only a test", null);
    }
  }

  /** A plug-in's: its lines in the services' file, and a class that can be found by name. */
  private static class Planted extends ClassLoader {
    private final Path services;

    Planted(Path folder, String... lines) throws IOException {
      services = Files.write(Files.createTempFile(folder, "services", ""), List.of(lines));
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return Collections.enumeration(List.of(services.toUri().toURL()));
    }

    @Override
    public URL getResource(String name) {
      try {
        return name.equals(CUDA.replace('.', '/') + ".class") ? services.toUri().toURL() : null;
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      }
    }
  }

  @TempDir Path folder;
  private final LogCapture log = LogCapture.of(Backends.class);
  private final ClassLoader bare = getClass().getClassLoader();

  @BeforeEach
  void capture() {
    log.start();
  }

  @AfterEach
  void release() {
    log.stop();
    Thread.currentThread().setContextClassLoader(bare);
  }

  private static List<String> names(Providers providers) {
    return providers.all().stream().map(BackendProvider::name).toList();
  }

  private static String why(String name, ClassLoader context) {
    Providers providers = Providers.find(ProvidersTest.class.getClassLoader(), context);
    return assertThrows(BackendException.class, () -> new Selection(providers).open(name).close())
        .getMessage();
  }

  @Test
  void theThreadsClassLoaderIsAskedToo() throws IOException {
    assertThrows(IllegalArgumentException.class, () -> Backends.open("offered").close());
    Thread.currentThread().setContextClassLoader(new Planted(folder, Offered.class.getName()));
    BackendException e =
        assertThrows(BackendException.class, () -> Backends.open("offered").close());
    assertEquals("offered: open: only a test", e.getMessage());
    assertEquals("offered", Backends.report().entries().get(3).selector());
  }

  @Test
  void aBackendThatTwoLoadersOfferIsThereOnce() throws IOException {
    ClassLoader first = new Planted(folder, Offered.class.getName());
    ClassLoader second = new Planted(folder, Offered.class.getName());
    List<String> once = List.of("cuda", "opencl", "cpu", "offered");
    assertEquals(once, names(Providers.find(first, second)));
    assertEquals(once, names(Providers.find(first, first)));
    assertEquals(once, names(Providers.find(null, first)));
    assertEquals(once, names(Providers.find(first, null)));
  }

  @Test
  void aLineThatNamesNoClassHidesNoOther() throws IOException {
    ClassLoader loader = new Planted(folder, "no.such.Provider", Offered.class.getName());
    Providers providers = Providers.find(bare, loader);
    assertTrue(names(providers).contains("offered"));
    assertEquals(1, providers.failures().size());
    String failure = providers.failures().get(0);
    assertTrue(failure.contains("no.such.Provider"), failure);
    assertEquals("WARNING a backend's provider cannot be loaded: " + failure, log.text());
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> new Selection(providers).open("such").close());
    assertTrue(e.getMessage().endsWith("; cannot be loaded: " + failure), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(classes = {IOException.class, IllegalStateException.class, LinkageError.class})
  void aLoaderThatFailsEndsItsSearchWithTheReason(Class<? extends Throwable> kind)
      throws IOException {
    ClassLoader failing =
        new Planted(folder) {
          @Override
          public Enumeration<URL> getResources(String name) throws IOException {
            if (kind == IOException.class) {
              throw new IOException("the jar\nis gone");
            }
            if (kind == LinkageError.class) {
              throw new LinkageError("the jar\nis gone");
            }
            throw new IllegalStateException("the jar\nis gone");
          }
        };
    for (String name : new String[] {"auto", "opencl"}) {
      String message = why(name, failing);
      assertTrue(message.contains(kind.getName() + ": the jar; is gone"), message);
      assertTrue(message.contains("add the dependency dev.rootmean:backend-opencl"), message);
    }
    assertEquals(2, log.lines().size(), log.text());
    assertEquals(
        List.of("cuda", "opencl", "cpu", "offered"),
        names(Providers.find(failing, new Planted(folder, Offered.class.getName()))));
    List<BackendReport.Entry> entries =
        new Selection(Providers.find(failing, bare)).report().entries();
    assertEquals(3, entries.size());
    for (BackendReport.Entry entry : entries) {
      assertTrue(entry.reason().contains("the jar; is gone"), entry.reason());
    }
  }

  @Test
  void aLineThatWasLostWhileMergingIsNamed() throws IOException {
    ClassLoader merged = new Planted(folder, Offered.class.getName());
    String reason =
        "its line is missing from META-INF/services/dev.rootmean.spi.BackendProvider;"
            + " merge these files (maven-shade: ServicesResourceTransformer)";
    assertEquals("cuda: open: " + reason, why("cuda", merged));
    assertTrue(why("auto", merged).contains("; not cuda: " + reason + "; not opencl: not on the"));
    assertFalse(why("opencl", merged).contains("missing"), "there is no class either");
  }

  @Test
  void aProviderThatCannotBeLoadedIsNotTakenForALostLine() throws IOException {
    String message = why("cuda", new Planted(folder, CUDA));
    assertTrue(message.startsWith("cuda: open: it cannot be loaded ("), message);
    assertTrue(message.contains("Provider " + CUDA + " not found"), message);
  }

  /** Such as one whose jar is closed. */
  @Test
  void aLoaderThatFailsHasNothing() {
    ClassLoader broken =
        new ClassLoader(null) {
          @Override
          public Enumeration<URL> getResources(String name) {
            throw new IllegalStateException("zip file closed");
          }

          @Override
          public URL getResource(String name) {
            throw new IllegalStateException("zip file closed");
          }
        };
    String told = why("cuda", broken);
    assertTrue(told.startsWith("cuda: open: not on the class path ("), told);
    assertTrue(told.contains("zip file closed"), told);
  }
}
