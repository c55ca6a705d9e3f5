package dev.rootmean.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files made by hand: the length of a header, the header, and data. */
final class SafetensorsText {
  private SafetensorsText() {}

  static byte[] bytes(String header, byte... data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return bytes(json.length, json, data);
  }

  static byte[] bytes(long length, byte[] header, byte... data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .put(data)
        .array();
  }

  static byte[] floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  static String tensor(String name, String type, String shape, String offsets) {
    return "\""
        + name
        + "\":{\"dtype\":\""
        + type
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":"
        + offsets
        + "}";
  }

  /** A file of one tensor, in eight bytes. */
  static byte[] one(String type, String shape, String offsets) {
    return bytes("{" + tensor("x", type, shape, offsets) + "}", new byte[8]);
  }

  static Path file(Path folder, String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
