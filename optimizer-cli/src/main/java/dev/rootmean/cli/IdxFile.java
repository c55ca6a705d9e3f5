package dev.rootmean.cli;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file in the IDX format, of unsigned bytes: a magic number, the dimensions, the values.
 *
 * @param count the first dimension
 * @param values item after item
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record IdxFile(int count, byte[] values) {
  /** The number of dimensions is added to it. */
  private static final int MAGIC = 0x0800;

  static IdxFile read(Path file, int dimensions) {
    try (DataInputStream in = new DataInputStream(open(file))) {
      int magic = in.readInt();
      if (magic != MAGIC + dimensions) {
        throw bad(
            file,
            String.format(
                Locale.ROOT,
                "has magic number 0x%08x: expected 0x%08x",
                magic,
                MAGIC + dimensions));
      }
      int count = dimension(file, in);
      long size = count;
      for (int i = 1; i < dimensions; i++) {
        size *= dimension(file, in);
        if (size > Integer.MAX_VALUE) {
          throw bad(file, "announces more than " + Integer.MAX_VALUE + " bytes: that is too large");
        }
      }
      byte[] values = in.readNBytes((int) size);
      if (values.length < size) {
        throw bad(file, "is truncated: it has " + values.length + " bytes of " + size);
      }
      if (in.read() >= 0) {
        throw bad(file, "goes on after the " + size + " bytes that its header announces");
      }
      return new IdxFile(count, values);
    } catch (EOFException e) {
      throw bad(file, "is truncated");
    } catch (ZipException e) {
      throw bad(file, "is no gzip file, or damaged: " + e.getMessage());
    } catch (IOException e) {
      throw bad(file, "cannot be read: " + BadInputException.why(e));
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static int dimension(Path file, DataInputStream in) throws IOException {
    int dimension = in.readInt();
    if (dimension < 1) {
      throw bad(file, "has a dimension of " + dimension + ": expected at least 1");
    }
    return dimension;
  }

  private static BadInputException bad(Path file, String complaint) {
    return new BadInputException(file + " " + complaint);
  }
}
