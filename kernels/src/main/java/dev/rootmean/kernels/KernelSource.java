package dev.rootmean.kernels;

import dev.rootmean.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The text of a kernel: one body for all, the words of a language before it, and before these what
 * differs from variant to variant.
 *
 * @param dialect the language
 * @param variant the accumulators
 * @param type the elements' type, in which it computes
 * @param width 4 to move four elements at a time where alignment allows it, otherwise 1
 */
public record KernelSource(Dialect dialect, Variant variant, DataType type, int width) {
  /** The kernel's name in every dialect. */
  public static final String NAME = "rmsprop";

  /** Work-items in a work-group; what is launched is a multiple of it. */
  public static final int GROUP = 256;

  /** The languages that there is a prelude for. */
  public enum Dialect {
    /** OpenCL C 1.2. */
    OPENCL
  }

  /**
   * Puts the text together.
   *
   * @return the program's whole text
   */
  public String text() {
    String real =
        switch (type) {
          case FLOAT32 -> "float";
        };
    return "#define REAL "
        + real
        + "\n#define REAL4 "
        + real
        + "4\n#define GROUP "
        + GROUP
        + "\n#define WIDTH "
        + width
        + "\n#define MOMENTUM "
        + (variant.momentum() ? 1 : 0)
        + "\n#define CENTERED "
        + (variant.centered() ? 1 : 0)
        + "\n"
        + resource(dialect.name().toLowerCase(Locale.ROOT) + ".prelude")
        + resource("rmsprop.kernel");
  }

  private static String resource(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the jar of dev.rootmean.kernels cannot be read", e);
    }
  }
}
