package dev.rootmean.binding;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;

/** A child JVM's main class: has a private folder until it is killed. */
final class HeldFolder {
  private HeldFolder() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrivateFolder folder = PrivateFolder.in(Path.of(arguments[0]));
    folder.copy(new ByteArrayInputStream(new byte[1]), "held.so");
    Thread.sleep(Long.MAX_VALUE);
  }
}
