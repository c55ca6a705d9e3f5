package dev.rootmean;

/**
 * What an open backend says about itself.
 *
 * @param name the backend's name, such as {@code cpu}
 * @param device the device in words, as its vendor calls it
 * @param memoryBytes the memory that buffers can be taken from, in bytes: the device's, or the
 *     largest Java heap for the CPU
 * @param exact whether every step gives the bits that {@link RmsProp} defines
 */
public record BackendInfo(String name, String device, long memoryBytes, boolean exact) {}
