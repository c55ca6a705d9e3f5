package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All classes in one jar, and of the services' files of one name the CPU's alone. */
class MergedJarTest {
  private static final class Merged extends URLClassLoader {
    Merged() {
      super(
          Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
              .map(Merged::url)
              .toArray(URL[]::new),
          ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String path) {
      try {
        return new File(path).toURI().toURL();
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      List<URL> all = Collections.list(super.getResources(name));
      if (name.equals("META-INF/services/dev.rootmean.spi.BackendProvider")) {
        assertEquals(3, all.size(), all.toString());
        all.removeIf(url -> !url.getPath().contains("backend-cpu"));
      }
      return Collections.enumeration(all);
    }
  }

  @Test
  void theBackendsWhoseLinesWereLostAreNamed() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (Merged merged = new Merged()) {
      Thread.currentThread().setContextClassLoader(merged);
      String report =
          merged.loadClass("dev.rootmean.Backends").getMethod("report").invoke(null).toString();
      List<String> lost =
          report
              .replaceAll("\\R {4}", " ") // why one is not available is told below it
              .lines()
              .filter(line -> line.contains("its line is missing from"))
              .toList();
      assertEquals(2, lost.size(), report);
      assertTrue(lost.get(0).contains(" cuda "), report);
      assertTrue(lost.get(1).contains(" opencl "), report);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
