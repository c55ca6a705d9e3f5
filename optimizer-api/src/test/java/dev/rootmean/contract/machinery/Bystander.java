package dev.rootmean.contract.machinery;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Another part of the application: looks at the system properties all the time, makes its first
 * temporary file as soon as they are others, or else at the end, and another one then. (Where the
 * JDK makes the first one, it makes all later ones.)
 */
public final class Bystander extends Thread {
  /** What it says if it was not disturbed. */
  public static final String UNDISTURBED = "undisturbed";

  private final Properties before = (Properties) System.getProperties().clone();
  private final List<String> complaints = new ArrayList<>();
  private volatile boolean leaving;

  /** One that is not started yet. */
  public Bystander() {
    setDaemon(true); // where the probe fails, it is not to keep the JVM
  }

  @Override
  public void run() {
    while (!leaving && System.getProperties().equals(before)) {
      Thread.onSpinWait();
    }
    if (!System.getProperties().equals(before)) {
      complaints.add("properties are others: " + System.getProperties());
    }
    try {
      File first = File.createTempFile("bystander", null);
      while (!leaving) {
        Thread.onSpinWait();
      }
      File later = File.createTempFile("bystander", null);
      if (!first.delete() || !later.delete()) {
        complaints.add("files are gone");
      }
    } catch (IOException e) {
      complaints.add("no temporary files: " + e);
    }
  }

  /**
   * Lets it go, and asks what it saw.
   *
   * @return {@link #UNDISTURBED}, or what disturbed it
   */
  public String leave() {
    leaving = true;
    try {
      join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return complaints.isEmpty() ? UNDISTURBED : complaints.toString();
  }
}
