package dev.rootmean.cli.train;

import dev.rootmean.cli.BadInputException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file in the IDX format, of unsigned bytes: a magic number, the dimensions, the values. It is
 * plain or compressed by gzip, which its first bytes tell, and not its name. The header is read by
 * itself, so that files that do not belong together cost no memory.
 *
 * @param file where it is
 * @param dimensions how many there are
 * @param count the first dimension
 * @param sizeOfItem the others' product
 */
record IdxFile(Path file, int dimensions, int count, int sizeOfItem) {
  /** The number of dimensions is added to it. */
  private static final int MAGIC = 0x0800;

  /** Some JVMs make no array of a few elements more. */
  private static final int LARGEST_SIZE = Integer.MAX_VALUE - 8;

  /** Reads the header alone. */
  static IdxFile open(Path file, int dimensions) {
    try (DataInputStream in = stream(file)) {
      int magic = in.readInt();
      if (magic != MAGIC + dimensions) {
        throw bad(file, unexpected(magic, MAGIC + dimensions));
      }
      int count = dimension(file, in);
      long size = count;
      for (int i = 1; i < dimensions; i++) {
        size *= dimension(file, in);
        if (size > LARGEST_SIZE) {
          break;
        }
      }
      if (size > LARGEST_SIZE) {
        throw bad(file, "announces more than " + LARGEST_SIZE + " bytes: that is too large");
      }
      return new IdxFile(file, dimensions, count, (int) (size / count));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Reads the values, item after item. */
  byte[] values() {
    int size = count * sizeOfItem;
    try (DataInputStream in = stream(file)) {
      in.skipNBytes((long) Integer.BYTES * (1 + dimensions));
      byte[] values = in.readNBytes(size);
      if (values.length < size) {
        throw bad(file, "is truncated: it has " + values.length + " bytes of " + size);
      }
      if (in.read() >= 0) {
        throw bad(file, "goes on after the " + size + " bytes that its header announces");
      }
      return values;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static DataInputStream stream(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("it is no regular file"); // a named pipe would wait for its writer
    }
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    try {
      in.mark(2);
      boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
      in.reset();
      return new DataInputStream(compressed ? new GZIPInputStream(in) : in);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static int dimension(Path file, DataInputStream in) throws IOException {
    int dimension = in.readInt();
    if (dimension < 1) {
      throw bad(file, "has a dimension of " + dimension + ": expected at least 1");
    }
    return dimension;
  }

  /** What begins like that, of what people have in such a file's place. */
  private static String unexpected(int magic, int expected) {
    String text =
        new String(
            ByteBuffer.allocate(Integer.BYTES).putInt(magic).array(), StandardCharsets.ISO_8859_1);
    if (text.stripLeading().startsWith("<")) {
      return "is an HTML page, not IDX: download it again";
    }
    if (text.startsWith("\u001f\u008b")) {
      return "is a gzip file within a gzip file: unpack it once";
    }
    if (text.startsWith("PK") || text.startsWith("7z") || text.startsWith("\u00fd7zX")) {
      return "is an archive, not IDX: unpack it";
    }
    return String.format(Locale.ROOT, "has magic number 0x%08x: expected 0x%08x", magic, expected);
  }

  private static BadInputException unreadable(Path file, IOException e) {
    if (e instanceof EOFException) {
      return bad(file, "is truncated");
    }
    return bad(
        file,
        e instanceof ZipException
            ? "is a damaged gzip file: " + e.getMessage()
            : "cannot be read: " + BadInputException.why(e));
  }

  private static BadInputException bad(Path file, String complaint) {
    return new BadInputException(file + " " + complaint);
  }
}
