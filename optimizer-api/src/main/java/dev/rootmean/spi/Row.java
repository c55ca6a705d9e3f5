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
 * @since 0.1.0
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
    /** One for each {@link Block8#SIZE} of them: a base. */
    BLOCK,
    /** One for each {@link Kernel#CHUNK} of them. */
    CHUNK,
    /** One for each, where something of it begins, and one more, where the last one ends. */
    BOUND,
    /** As many as {@link Rows#width} for each. */
    WIDE,
    /** Any number, which has nothing to do with theirs. */
    WHOLE
  }

  /**
   * Whether it goes with the elements: of several launches at once, each has one of its own.
   *
   * @return whether its extent is {@link Extent#ELEMENT} or {@link Extent#BLOCK}
   */
  public boolean isOfElements() {
    return extent == Extent.ELEMENT || extent == Extent.BLOCK;
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
