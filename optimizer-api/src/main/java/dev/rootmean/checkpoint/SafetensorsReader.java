package dev.rootmean.checkpoint;

import dev.rootmean.DeviceBuffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads tensors from one safetensors file, or from those that an index names. All headers are read
 * and checked before anything else is.
 */
final class SafetensorsReader implements Closeable {
  /** Bytes that are under way at a time: they stay in a processor's cache. */
  static final int PIECE = 1 << 20;

  /** What file systems have. */
  private static final int LONGEST_FILE_NAME = 255;

  static final String INDEX = ".index.json";

  private final Path path;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.LITTLE_ENDIAN);

  private SafetensorsReader(Path path) {
    this.path = path;
  }

  /**
   * Opens a file, or several.
   *
   * @param path {@code NAME.safetensors}, which may be there or be split over files that {@code
   *     NAME.safetensors.index.json} tells; or that index
   * @throws CheckpointException if they are not what the format asks for
   */
  static SafetensorsReader open(Path path) throws IOException {
    Path index = path.resolveSibling(path.getFileName() + INDEX);
    boolean isSplit = path.toString().endsWith(INDEX);
    if (!isSplit && Files.notExists(path) && Files.exists(index)) {
      return open(index);
    }
    SafetensorsReader reader = new SafetensorsReader(path);
    try {
      if (isSplit) {
        reader.addAll(readIndex(path));
      } else {
        reader.add(path);
      }
      return reader;
    } catch (IOException | RuntimeException | Error e) {
      try (reader) {
        throw e;
      }
    }
  }

  /** Tensors, and the names of the files that have them. */
  private static Map<String, String> readIndex(Path path) throws IOException {
    Map<String, String> places = new LinkedHashMap<>();
    try (FileChannel channel = SafetensorsFile.openRegular(path)) {
      long size = channel.size();
      if (size > SafetensorsFile.LONGEST_HEADER) {
        throw new CheckpointException(
            path + " has " + size + " bytes: expected at most " + SafetensorsFile.LONGEST_HEADER);
      }
      JsonReader json = new JsonReader(path, channel, 0, size);
      json.object(
          field -> {
            if (field.equals("weight_map")) {
              json.object(name -> places.put(name, fileName(json)));
            } else {
              json.skip(); // the total size too: other tools count shared tensors twice
            }
          });
      json.requireEnd();
    }
    if (places.isEmpty()) {
      throw new CheckpointException(path + " names no tensor: expected a weight_map with some");
    }
    return places;
  }

  private static String fileName(JsonReader json) throws IOException {
    String name = json.string(JsonReader.LONGEST_NAME);
    if (name.isEmpty()
        || name.length() > LONGEST_FILE_NAME
        || name.equals(".")
        || name.equals("..")
        || !name.codePoints().allMatch(CheckpointException::isPlain)
        || name.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':')) {
      throw json.wrong(
          "the file name " + CheckpointException.quoted(name),
          "that of a file beside the index, without a path");
    }
    return name;
  }

  private void addAll(Map<String, String> places) throws IOException {
    Map<String, SafetensorsFile> opened = new HashMap<>();
    for (String name : places.values()) {
      if (!opened.containsKey(name)) {
        opened.put(name, add(beside(name)));
      }
    }
    for (Map.Entry<String, String> place : places.entrySet()) {
      StoredTensor found = tensors.get(place.getKey());
      SafetensorsFile expected = opened.get(place.getValue());
      if (found == null || found.file() != expected) {
        throw differs(
            place.getKey(), "is not in " + expected.path(), "it there, as the index says");
      }
    }
    for (String name : tensors.keySet()) {
      if (!places.containsKey(name)) {
        throw differs(name, "is not in the index", "each tensor there");
      }
    }
  }

  private Path beside(String name) throws CheckpointException {
    try {
      return path.resolveSibling(name);
    } catch (InvalidPathException e) {
      throw new CheckpointException(
          path
              + " names the file "
              + CheckpointException.quoted(name)
              + ", which cannot be here: expected a name that this platform has",
          e);
    }
  }

  private SafetensorsFile add(Path part) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(part);
    files.add(file);
    for (Map.Entry<String, String> entry : file.metadata().entrySet()) {
      String other = metadata.putIfAbsent(entry.getKey(), entry.getValue());
      if (other != null && !other.equals(entry.getValue())) {
        throw new CheckpointException(
            part
                + " says of "
                + CheckpointException.quoted(entry.getKey())
                + " what other files of the index do not: expected files of one origin");
      }
    }
    for (StoredTensor tensor : file.tensors()) {
      if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
        throw differs(tensor.name(), "is in two files", "it in one");
      }
    }
    return file;
  }

  private CheckpointException differs(String tensor, String found, String expected) {
    return new CheckpointException(
        path
            + ": tensor "
            + CheckpointException.quoted(tensor)
            + " "
            + found
            + ": expected "
            + expected);
  }

  /** What was opened. */
  Path path() {
    return path;
  }

  /** Texts beside the tensors, by their names: of all files. */
  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The tensors by their names. */
  Map<String, StoredTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /**
   * Refuses tensors that are missing or another, and if so asked, any that are left over.
   *
   * @param expected types and shapes by name, as a {@link StoredTensor} says them
   * @throws CheckpointException with a line for each
   */
  void require(Map<String, String> expected, boolean nothingElse) throws CheckpointException {
    List<String> lines = new ArrayList<>();
    expected.forEach(
        (name, tensor) -> {
          StoredTensor found = tensors.get(name);
          if (found == null || !found.toString().equals(tensor)) {
            lines.add(
                CheckpointException.quoted(name)
                    + (found == null ? " is missing" : " is " + found)
                    + ": expected "
                    + tensor);
          }
        });
    for (StoredTensor tensor : tensors.values()) {
      if (nothingElse && !expected.containsKey(tensor.name())) {
        lines.add(CheckpointException.quoted(tensor.name()) + " is left over: expected no such");
      }
    }
    if (!lines.isEmpty()) {
      throw new CheckpointException(
          path + " does not fit the optimizer:\n" + String.join("\n", lines));
    }
  }

  /**
   * Reads a tensor into a buffer.
   *
   * @param name one of {@link #tensors()}, of the buffer's type and length
   */
  void read(String name, DeviceBuffer target) throws IOException {
    read(name, target::write);
  }

  /**
   * Reads a tensor.
   *
   * @param name one of {@link #tensors()}, whose elements fill whole bytes
   */
  void read(String name, Pieces target) throws IOException {
    StoredTensor tensor = tensors.get(name);
    tensor.file().read(tensor, buffer, target);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (SafetensorsFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
