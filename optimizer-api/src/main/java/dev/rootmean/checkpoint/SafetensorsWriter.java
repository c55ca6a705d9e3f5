package dev.rootmean.checkpoint;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes tensors to a safetensors file, or to several with an index, byte for byte as other writers
 * do: larger types first, so that every tensor is aligned, and the header filled up with spaces.
 * Nothing is kept of what was written when it fails: that is for whoever gave the folder.
 */
final class SafetensorsWriter {
  /** What Python's own tools write, and some ask for. */
  static final Map<String, String> OF_PYTORCH = Map.of("format", "pt");

  private final Map<String, String> metadata;
  private final List<Source> sources = new ArrayList<>();
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(SafetensorsReader.PIECE).order(ByteOrder.LITTLE_ENDIAN);

  record Source(String name, List<Long> shape, DataType type, long bytes, Pieces pieces) {}

  /**
   * Begins a file.
   *
   * @param metadata texts that go into each file; none for a file without any
   */
  SafetensorsWriter(Map<String, String> metadata) {
    this.metadata = metadata;
  }

  /** Adds a tensor of a name that is new. Nothing is read before {@link #write}. */
  void add(String name, List<Long> shape, DeviceBuffer source) throws CheckpointException {
    add(name, shape, source.dataType(), source::read);
  }

  /** Adds a tensor of a name that is new, which comes from elsewhere. */
  void add(String name, List<Long> shape, DataType type, Pieces source) throws CheckpointException {
    if (name.equals(SafetensorsFile.METADATA)
        || name.length() > JsonReader.LONGEST_NAME / 3 // bytes of a character of UTF-16, at most
        || shape.size() > SafetensorsFile.MOST_DIMENSIONS) {
      throw new CheckpointException(
          String.format(
              Locale.ROOT,
              "tensor %s of %d dimensions cannot be in a safetensors file: expected a name other"
                  + " than %s, of at most %d characters, and %d dimensions",
              CheckpointException.quoted(name),
              shape.size(),
              SafetensorsFile.METADATA,
              JsonReader.LONGEST_NAME / 3,
              SafetensorsFile.MOST_DIMENSIONS));
    }
    long bytes = shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
    sources.add(new Source(name, shape, type, bytes, source));
  }

  /**
   * Writes all that was added, and waits until the disk has it.
   *
   * @param file {@code NAME.safetensors}, not there yet
   * @param largest bytes of tensors in a file: if there are more, they go to {@code
   *     NAME-00001-of-00002.safetensors} and so on, and an index beside these
   */
  void write(Path file, long largest) throws IOException {
    sources.sort(Comparator.comparingInt((Source source) -> source.type().bytes()).reversed());
    List<List<Source>> parts = split(largest);
    if (parts.size() == 1) {
      write(file, parts.get(0));
      return;
    }
    Map<String, String> places = new TreeMap<>();
    String stem = file.getFileName().toString().replaceFirst("\\.safetensors$", "");
    for (int i = 0; i < parts.size(); i++) {
      String name =
          String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", stem, i + 1, parts.size());
      write(file.resolveSibling(name), parts.get(i));
      parts.get(i).forEach(source -> places.put(source.name(), name));
    }
    Path index = file.resolveSibling(file.getFileName() + SafetensorsReader.INDEX);
    write(index, ByteBuffer.wrap(utf8(file, json(places))), List.of());
  }

  /** Writes all to one file, whole or not at all, whether there is one of the name or not. */
  void replace(Path file) throws IOException {
    Path path = file.toAbsolutePath();
    if (path.getFileName() == null) {
      throw new FileSystemException(path.toString(), null, "expected the name of a file");
    }
    if (!Files.isDirectory(path.getParent())) {
      throw new FileSystemException(path.toString(), null, "expected its folder to be there");
    }
    Path unfinished = path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID());
    Closeable removal = () -> Files.deleteIfExists(unfinished);
    try (removal) {
      write(unfinished, Long.MAX_VALUE);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }
    Folders.sync(path.getParent());
  }

  private List<List<Source>> split(long largest) {
    List<List<Source>> parts = new ArrayList<>(List.of(new ArrayList<>()));
    long left = largest;
    for (Source source : sources) {
      List<Source> part = parts.get(parts.size() - 1);
      if (source.bytes() > left && !part.isEmpty()) {
        part = new ArrayList<>();
        parts.add(part);
        left = largest;
      }
      part.add(source);
      left -= source.bytes();
    }
    return parts;
  }

  private String json(Map<String, String> places) {
    long total = sources.stream().mapToLong(Source::bytes).sum();
    StringBuilder json = new StringBuilder("{\n  \"metadata\": {\n    \"total_size\": ");
    json.append(total).append("\n  },\n  \"weight_map\": {");
    String before = "\n    ";
    for (Map.Entry<String, String> place : places.entrySet()) {
      string(json.append(before), place.getKey());
      string(json.append(": "), place.getValue());
      before = ",\n    ";
    }
    return json.append("\n  }\n}\n").toString();
  }

  private void write(Path file, List<Source> part) throws IOException {
    byte[] json = utf8(file, header(part));
    int length = (json.length + 7) / 8 * 8;
    ByteBuffer header =
        ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    header.put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    write(file, header.flip(), part);
  }

  private static byte[] utf8(Path file, String json) throws CheckpointException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > SafetensorsFile.LONGEST_HEADER) {
      throw new CheckpointException(
          file
              + " would have a header of "
              + bytes.length
              + " bytes: expected at most "
              + SafetensorsFile.LONGEST_HEADER);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(json)) {
      throw new CheckpointException(
          file + " would have a name that is half of a surrogate pair: expected whole characters");
    }
    return bytes;
  }

  String header(List<Source> part) {
    StringBuilder json = new StringBuilder("{");
    String before = "";
    if (!metadata.isEmpty()) {
      json.append('"').append(SafetensorsFile.METADATA).append("\":{");
      for (Map.Entry<String, String> entry : metadata.entrySet()) {
        string(json.append(before), entry.getKey());
        string(json.append(':'), entry.getValue());
        before = ",";
      }
      json.append('}');
    }
    long offset = 0;
    for (Source source : part) {
      string(json.append(before), source.name());
      json.append(":{\"dtype\":\"").append(Dtype.of(source.type()));
      json.append("\",\"shape\":").append(source.shape().toString().replace(" ", ""));
      json.append(",\"data_offsets\":[").append(offset).append(',');
      offset += source.bytes();
      json.append(offset).append("]}");
      before = ",";
    }
    return json.append('}').toString();
  }

  /** Appends a text in quotes. */
  private static void string(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        default -> {
          if (c < ' ') {
            json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }

  private void write(Path file, ByteBuffer first, List<Source> part) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      try {
        write(channel, first);
        for (Source source : part) {
          write(channel, source);
        }
        channel.force(true);
      } catch (IOException e) {
        throw SafetensorsFile.named(file, e);
      }
    }
  }

  void write(WritableByteChannel channel, Source source) throws IOException {
    for (long at = 0; at < source.bytes(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), source.bytes() - at));
      source.pieces().move(at / source.type().bytes(), buffer);
      write(channel, buffer.flip());
    }
  }

  private static void write(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
