package dev.rootmean.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Looks at a checkpoint before anything in it is believed, and refuses it by throwing. It can
 * compare its files with sums that were kept elsewhere, for example.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface CheckpointInspection {
  /**
   * Looks at it.
   *
   * @param folder the checkpoint's
   * @throws IOException if it is not to be opened
   */
  void inspect(Path folder) throws IOException;
}
