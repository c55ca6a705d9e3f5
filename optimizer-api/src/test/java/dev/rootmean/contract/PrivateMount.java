package dev.rootmean.contract;

import java.nio.file.Path;

/** An empty file system over a folder, which one JVM sees and nobody else. */
public final class PrivateMount {
  private PrivateMount() {}

  /**
   * Runs a JVM that sees it; skips the test where this system has no unshare or does not let us
   * mount, or fails it where the backend is required.
   *
   * @param child the JVM, not launched by anything yet
   * @param backend whose test it is
   * @param folder to mount over
   * @param option of the mount, such as {@code ro}
   * @param arguments further ones of the main class
   * @return how it ended
   */
  public static ChildJvm.Outcome run(
      ChildJvm child, String backend, Path folder, String option, String... arguments) {
    child.launchedBy("env", "unshare", "--mount"); // env tells where there is none
    if (!System.getProperty("user.name").equals("root")) {
      child.launchedBy("--map-root-user"); // containers forbid it even to root, who needs none
    }
    String mount =
        "mount -t tmpfs -o " + option + " none \"$0\" && echo mounted: yes && exec \"$@\"";
    child.launchedBy("sh", "-c", mount, folder.toString());
    ChildJvm.Outcome outcome = child.run(arguments);
    if (outcome.lines("mounted").isEmpty()) {
      String words = outcome.text().strip();
      RequiredBackends.skipOrFail(
          backend, "cannot mount over " + folder + " (" + option + "): " + words);
    }
    return outcome.succeeded();
  }
}
