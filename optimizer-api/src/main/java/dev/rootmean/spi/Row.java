package dev.rootmean.spi;

import dev.rootmean.DataType;

/**
 * What a {@link Kernel} takes in the place of a buffer.
 *
 * @param name what the kernel's text calls it
 * @param role what messages call it
 * @param type how its elements are stored
 * @param access what the kernel does with them
 * @param extent how many they are
 */
public record Row(String name, String role, DataType type, Access access, Extent extent) {
  /** What a kernel does with the elements of a row. */
  public enum Access {
    /** It reads them. */
    READ,
    /** It reads each and then writes it. */
    UPDATE,
    /** It writes them without reading. */
    WRITE
  }

  /** How many elements a row has. */
  public enum Extent {
    /** One for each that the launch is for. */
    ELEMENT,
    /** One for each {@link Kernel#CHUNK} of them. */
    CHUNK,
    /** Any number, which has nothing to do with theirs. */
    WHOLE
  }

  /**
   * Whether the kernel writes it.
   *
   * @return whether its access is not {@link Access#READ}
   */
  public boolean isWritten() {
    return access != Access.READ;
  }
}
