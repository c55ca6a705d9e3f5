package dev.rootmean.kernels;

import dev.rootmean.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The text of a step's kernel: one body for all, the words of a language before it, and before
 * these what differs from variant to variant. It also says what a step has to launch of it.
 *
 * @param dialect the language
 * @param variant the accumulators
 * @param type the elements' type, in which it computes
 * @param wide whether it moves 16 bytes at a time where alignment allows it
 * @param controlled whether it does what a {@link dev.rootmean.GradientDecision} says, which is its
 *     last row then
 */
public record KernelSource(
    Dialect dialect, Variant variant, DataType type, boolean wide, boolean controlled) {
  /** Work-items in a work-group; what is launched is a multiple of it. */
  public static final int GROUP = 256;

  private static final int VECTOR_BYTES = 16;

  /** The languages that there is a prelude for. */
  public enum Dialect {
    /** CUDA C++. */
    CUDA,
    /** OpenCL C 1.2. */
    OPENCL;

    /** What the language calls a type. */
    String word(DataType type) {
      return switch (type) {
        case FLOAT32 -> "float";
        case FLOAT64 -> "double";
      };
    }

    /** The words of the language, and where a decision keeps what. */
    String prelude() {
      return resource(name().toLowerCase(Locale.ROOT) + ".prelude") + resource("decision.layout");
    }
  }

  /**
   * The kernel's name, in every dialect, and one for each variant and type, since the kernels of
   * all of them share one PTX.
   *
   * @return such as {@code rmsprop_float_momentum}
   */
  public String name() {
    return "rmsprop_"
        + dialect.word(type)
        + "_"
        + variant.name().toLowerCase(Locale.ROOT)
        + (controlled ? "_controlled" : "");
  }

  /**
   * How many elements move at a time.
   *
   * @return those of a vector, or 1
   */
  public int width() {
    return width(type, wide);
  }

  static int width(DataType type, boolean wide) {
    return wide ? VECTOR_BYTES / type.bytes() : 1;
  }

  /**
   * The kernel's argument of the same name for a step.
   *
   * @param length the number of elements
   * @param offsets where the buffers begin in their allocations, in elements, with {@code |}
   *     between
   * @return the number of whole vectors to step; 0 if a buffer does not begin on one
   */
  public long vectors(long length, long offsets) {
    return vectors(width(), length, offsets);
  }

  static long vectors(int width, long length, long offsets) {
    return width > 1 && offsets % width == 0 ? length / width : 0;
  }

  /**
   * The number of work-groups to launch for a step.
   *
   * @param length the number of elements
   * @param vectors what {@link #vectors(long, long)} says
   * @return the number of groups of {@link #GROUP} work-items
   */
  public long groups(long length, long vectors) {
    long items = length - (width() - 1) * vectors;
    return (items + GROUP - 1) / GROUP;
  }

  /**
   * Puts the text together.
   *
   * @return the program's whole text
   */
  public String text() {
    String defines =
        String.format(
            Locale.ROOT, // the compiler takes no other digits
            """
            #define NAME %s
            #define REAL %s
            #define REALV %s%d
            #define WIDTH %d
            #define GROUP %d
            #define MOMENTUM %d
            #define CENTERED %d
            #define CONTROLLED %d
            """,
            name(),
            dialect.word(type),
            dialect.word(type),
            width(),
            width(),
            GROUP,
            variant.momentum() ? 1 : 0,
            variant.centered() ? 1 : 0,
            controlled ? 1 : 0);
    return defines + dialect.prelude() + resource("rmsprop.kernel");
  }

  /**
   * How many buffers the kernel takes.
   *
   * @return those of the variant, and the decision if there is one
   */
  public int rows() {
    return variant.rows() + (controlled ? 1 : 0);
  }

  static String resource(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the jar of dev.rootmean.kernels cannot be read", e);
    }
  }
}
