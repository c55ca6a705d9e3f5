package dev.rootmean.checkpoint;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file: eight bytes with the length of a header, the header in JSON, and the
 * tensors, without a gap. See <a href="https://github.com/huggingface/safetensors#format">the
 * format</a>.
 */
final class SafetensorsFile implements Closeable {
  static final String METADATA = "__metadata__";

  /** The most that other readers take, and that a lying length makes anybody read. */
  static final int LONGEST_HEADER = 100_000_000;

  /** More than any framework has. */
  static final int MOST_DIMENSIONS = 64;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<StoredTensor> tensors = new ArrayList<>();

  private SafetensorsFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Opens a file, and reads and checks its header. */
  static SafetensorsFile open(Path path) throws IOException {
    SafetensorsFile file = new SafetensorsFile(path, openRegular(path));
    try {
      file.readHeader();
      return file;
    } catch (IOException | RuntimeException | Error e) {
      try (file) {
        throw e;
      }
    }
  }

  /** Opens what is no folder, and no pipe that nobody ever writes to. */
  static FileChannel openRegular(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new CheckpointException(path + " is no regular file: expected one");
    }
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  Path path() {
    return path;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  /** In the order in which they lie in the file. */
  List<StoredTensor> tensors() {
    return tensors;
  }

  private void readHeader() throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw wrong("has " + size + " bytes", "at least the 8 of a header's length");
    }
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    read(bytes, 0);
    long length = bytes.flip().getLong();
    if (length < 0 || length > LONGEST_HEADER) {
      throw wrong(
          "says that its header has " + Long.toUnsignedString(length) + " bytes",
          "at most " + LONGEST_HEADER);
    }
    if (length > size - Long.BYTES) {
      throw wrong(
          "says that its header has " + length + " bytes, and has " + size + " in all",
          "the whole header");
    }
    long data = Long.BYTES + length;
    JsonReader json = new JsonReader(path, channel, Long.BYTES, data);
    json.requireFirst('{');
    json.object(
        name -> {
          if (name.equals(METADATA)) {
            json.object(key -> metadata.put(key, json.string(LONGEST_HEADER)));
          } else {
            tensors.add(tensor(name, json, data));
          }
        });
    json.requireEnd();
    tensors.sort(
        Comparator.comparingLong(StoredTensor::start).thenComparingLong(StoredTensor::end));
    requireNoGap(data, size);
  }

  private StoredTensor tensor(String name, JsonReader json, long data) throws IOException {
    StringBuilder type = new StringBuilder();
    List<Long> shape = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    json.object(
        field -> {
          fields.add(field);
          switch (field) {
            case "dtype" -> type.append(json.string(JsonReader.LONGEST_NAME));
            case "shape" -> naturals(json, shape, MOST_DIMENSIONS, "dimensions");
            case "data_offsets" -> naturals(json, offsets, 2, "offsets");
            default ->
                throw json.wrong(
                    "a field " + CheckpointException.quoted(field),
                    "dtype, shape and data_offsets alone");
          }
        });
    if (fields.size() < 3 || offsets.size() < 2) {
      throw json.wrong(
          "tensor " + CheckpointException.quoted(name) + " without all it needs",
          "dtype, shape and two data_offsets");
    }
    StoredTensor tensor =
        new StoredTensor(
            name,
            type(name, type.toString()),
            List.copyOf(shape),
            this,
            fromStart(data, offsets.get(0)),
            fromStart(data, offsets.get(1)));
    requireSize(tensor);
    return tensor;
  }

  private static void naturals(JsonReader json, List<Long> numbers, int most, String what)
      throws IOException {
    json.array(
        () -> {
          if (numbers.size() == most) {
            throw json.wrong("one of more than " + most + " " + what, "at most so many");
          }
          numbers.add(json.natural());
        });
  }

  private Dtype type(String name, String type) throws CheckpointException {
    for (Dtype known : Dtype.values()) {
      if (known.name().equals(type)) {
        return known;
      }
    }
    throw wrong(
        name, "has the dtype " + CheckpointException.quoted(type), "one that safetensors knows");
  }

  private static long fromStart(long data, long offset) {
    return offset > Long.MAX_VALUE - data ? Long.MAX_VALUE : data + offset; // far past any file
  }

  private void requireSize(StoredTensor tensor) throws CheckpointException {
    long bytes;
    try {
      long elements = 1;
      for (long dimension : tensor.shape()) {
        elements = Math.multiplyExact(elements, dimension);
      }
      bytes = tensor.type().bytes(elements);
    } catch (ArithmeticException e) {
      throw wrong(tensor.name(), "is " + tensor, "fewer than 2^63 bits");
    }
    if (bytes < 0 || bytes != tensor.end() - tensor.start()) {
      throw wrong(
          tensor.name(),
          "is " + tensor + " in " + (tensor.end() - tensor.start()) + " bytes",
          bytes < 0 ? "elements that fill whole bytes" : bytes + " bytes");
    }
  }

  private void requireNoGap(long data, long size) throws CheckpointException {
    long reached = data;
    for (StoredTensor tensor : tensors) {
      if (tensor.start() != reached) {
        throw wrong(
            tensor.name(),
            "begins at byte " + tensor.start() + " of the file",
            "byte " + reached + ", where the one before ends");
      }
      reached = tensor.end();
    }
    if (reached != size) {
      throw wrong("has " + size + " bytes", reached + ", where the last tensor ends");
    }
  }

  /** Reads a tensor, in pieces of a buffer's capacity. */
  void read(StoredTensor tensor, ByteBuffer buffer, Pieces target) throws IOException {
    long elementBytes = tensor.type().bytes(1);
    for (long at = tensor.start(); at < tensor.end(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), tensor.end() - at));
      read(buffer, at);
      target.move((at - tensor.start()) / elementBytes, buffer.flip());
    }
  }

  private void read(ByteBuffer buffer, long position) throws IOException {
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, position + buffer.position()) < 0) {
          throw new EOFException(
              "has only "
                  + channel.size()
                  + " bytes by now: expected as many as when it was opened; somebody changes it");
        }
      }
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  /** A failure with its file: the operating system's own words do not name it. */
  static IOException named(Path path, IOException e) {
    String words = e.getMessage() == null ? e.toString() : e.getMessage(); // of an interrupt: none
    FileSystemException named = new FileSystemException(path.toString(), null, words);
    named.initCause(e);
    return named;
  }

  private CheckpointException wrong(String tensor, String found, String expected) {
    return wrong("tensor " + CheckpointException.quoted(tensor) + " " + found, expected);
  }

  private CheckpointException wrong(String found, String expected) {
    return new CheckpointException(path + " " + found + ": expected " + expected);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
