package dev.rootmean.checkpoint;

import java.util.List;

/**
 * A tensor of a safetensors file.
 *
 * @param file that has it
 * @param start where its first byte is in the file
 * @param end behind its last byte
 */
record StoredTensor(
    String name, Dtype type, List<Long> shape, SafetensorsFile file, long start, long end) {
  @Override
  public String toString() {
    return type + shape.toString();
  }
}
