package dev.rootmean;

import java.util.Set;

/**
 * What an open backend says about itself.
 *
 * @param name the backend's name, such as {@code cpu}
 * @param device the device in words, as its vendor calls it
 * @param totalMemoryBytes all the memory that there is for buffers, taken or not, in bytes: the
 *     device's, or the largest Java heap for the CPU
 * @param exact whether every step gives the bits that {@link RmsProp} defines
 * @param dataTypes the types that the device computes in
 * @since 0.1.0
 */
public record BackendInfo(
    String name, String device, long totalMemoryBytes, boolean exact, Set<DataType> dataTypes) {
  /**
   * Copies the set.
   *
   * @param name the backend's name
   * @param device the device in words
   * @param totalMemoryBytes all the memory that there is for buffers, taken or not, in bytes
   * @param exact whether every step gives the bits that {@link RmsProp} defines
   * @param dataTypes the types that the device computes in
   */
  public BackendInfo {
    dataTypes = Set.copyOf(dataTypes);
  }
}
