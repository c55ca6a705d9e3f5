package dev.rootmean.checkpoint;

import java.nio.ByteBuffer;

/** Elements on their way between a file and a buffer, a piece at a time, from the first on. */
@FunctionalInterface
interface Pieces {
  /**
   * Takes or fills all that remains in the bytes.
   *
   * @param offset the element that the piece begins with
   * @param bytes whole elements, in little-endian order
   */
  void move(long offset, ByteBuffer bytes);
}
