import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.maven.eventspy.AbstractEventSpy;
import org.eclipse.aether.RepositoryEvent;
import org.eclipse.aether.artifact.Artifact;

/**
 * Compares what Maven resolves, dependencies and plugins, with a list of SHA-256 sums, before Maven
 * uses it: the process ends at the first file that differs, or is not listed.
 *
 * <p>The list is the file that {@code rootmean.locked} names; with {@code rootmean.lock} what is
 * resolved is added to that file instead.
 */
public final class Locked extends AbstractEventSpy {
  private final Map<String, String> expected = new HashMap<>();
  private final Map<String, String> seen = new ConcurrentHashMap<>();
  private final String added = System.getProperty("rootmean.lock");

  @Override
  public void init(Context context) throws IOException {
    if (added == null) {
      for (String line : Files.readAllLines(Path.of(System.getProperty("rootmean.locked")))) {
        String[] words = line.split("  ", 2);
        expected.put(words[1], words[0]);
      }
    }
  }

  @Override
  public void onEvent(Object event) {
    if (event instanceof RepositoryEvent
        && ((RepositoryEvent) event).getType() == RepositoryEvent.EventType.ARTIFACT_RESOLVED) {
      Artifact artifact = ((RepositoryEvent) event).getArtifact();
      // Poms say what else is resolved, which is compared; what is built here is not fetched.
      if (artifact.getFile() != null
          && !artifact.getExtension().equals("pom")
          && !artifact.getGroupId().equals("dev.rootmean")) {
        try {
          resolved(artifact);
        } catch (Throwable e) {
          refuse(artifact.getFile() + " cannot be compared: " + e);
        }
      }
    }
  }

  private void resolved(Artifact artifact) {
    String name =
        artifact.getGroupId() + ":" + artifact.getArtifactId() + ":" + artifact.getVersion() + ":"
            + artifact.getClassifier() + ":" + artifact.getExtension();
    // Another thread that wants the same file waits until it has been compared.
    seen.computeIfAbsent(name, n -> compared(n, artifact.getFile().toPath()));
  }

  private String compared(String name, Path file) {
    String sum = sum(file);
    if (added != null) {
      add(sum + "  " + name + "\n");
    } else if (!sum.equals(expected.get(name))) {
      refuse(
          file + " has the SHA-256 " + sum + ", expected "
              + expected.getOrDefault(name, "no such artifact: testing/dependencies/lock adds it"));
    }
    return sum;
  }

  /** An exception would be logged, and Maven would go on. */
  private static void refuse(String reason) {
    System.err.println("[ERROR] locked: " + reason);
    Runtime.getRuntime().halt(1);
  }

  private synchronized void add(String line) {
    try {
      Files.writeString(Path.of(added), line, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sum(Path file) {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digest =
            new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
      byte[] buffer = new byte[1 << 16];
      while (digest.read(buffer) >= 0) {
        continue;
      }
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
