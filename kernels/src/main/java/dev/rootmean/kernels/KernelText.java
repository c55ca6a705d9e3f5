package dev.rootmean.kernels;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Block8;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Row;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The program of a family of kernels: the words of a language, and for each kernel the body of its
 * text after what differs from kernel to kernel, which is made from the {@link Kernel}. It also
 * says what is to be launched of them. A kernel's arguments are the number of elements, the number
 * of vectors, its numbers as a struct if it has any, the key and the place of random bits if it
 * rounds by them, and for each row a pointer and the index of the element there that it begins at;
 * all whole numbers have 64 bits. In the place of the vectors, a kernel of {@link Shape#EACH_ROW}
 * has how wide a row is, and the {@link #shift}: so many work-items have a row that none divides.
 *
 * <p>A kernel of {@link Dialect#CUDA_MANY} has {@link #MANY} behind its name, and takes the number
 * of launches, a pointer to a table, its numbers, the key, and those rows that are no elements'.
 * The table is whole numbers, column by column, each as long as there are launches: the first group
 * of each launch, its number of elements, its number of vectors, the place of its random bits, 0
 * without such, and a column for each row of elements, or of bases of their blocks, with the
 * address of the first one.
 *
 * @since 0.1.0
 */
public final class KernelText {
  /** Work-items in a work-group; what is launched is a multiple of it. */
  public static final int GROUP = 256;

  /** Ends the names of kernels that are many launches at once, and of programs of them. */
  public static final String MANY = "_many";

  /** Columns before those of the rows. */
  public static final int FIRST_ROW = 4;

  private static final int VECTOR_BYTES = 16;

  static {
    if (Kernel.LANES != 4 * GROUP || Block8.SIZE != 4 * GROUP) {
      throw new AssertionError("a work-item has four lanes, or elements of a block");
    }
  }

  /** The languages that there is a prelude for. */
  public enum Dialect {
    /** CUDA C++. */
    CUDA,
    /** CUDA C++, for steps that are launched together. */
    CUDA_MANY,
    /** OpenCL C 1.2. */
    OPENCL;

    private String prelude() {
      String own = resource(name().toLowerCase(Locale.ROOT) + ".prelude");
      return this == CUDA_MANY ? CUDA.prelude() + own : own;
    }
  }

  private final Dialect dialect;
  private final List<Kernel> kernels;
  private final int width;
  private final int vectors;

  /**
   * Names a program.
   *
   * @param dialect the language
   * @param family the kernels that are in it
   * @param vectors how many vectors a work-item moves where alignment allows it: 16 bytes of the
   *     type that it computes in, and as many elements of rows of another type; 0 if it moves an
   *     element. For {@link Dialect#CUDA_MANY} it must be 1
   */
  public KernelText(Dialect dialect, String family, int vectors) {
    if (dialect == Dialect.CUDA_MANY && vectors != 1) { // rows.macros asks for the one launch's
      throw new IllegalArgumentException("steps that are launched together: expected 1 vector");
    }
    this.dialect = dialect;
    this.vectors = Math.max(1, vectors);
    this.kernels =
        dialect == Dialect.CUDA_MANY ? Kernels.stepsOf(family) : Kernels.ofFamily(family);
    this.width = vectors > 0 ? VECTOR_BYTES / kernels.get(0).compute().bytes() : 1;
  }

  /**
   * How many elements a vector has.
   *
   * @return what {@link dev.rootmean.spi.Rows#vectors} wants to know; 1 without vectors
   */
  public int width() {
    return width;
  }

  /**
   * The number of vectors that are moved as such: where a work-item has several, those of whole
   * groups.
   *
   * @param shape what the kernel does once
   * @param length the number of elements, which begin where alignment allows vectors
   * @return the number of vectors among them
   */
  public long vectors(Shape shape, long length) {
    long whole = length / width;
    boolean inGroups = shape == Shape.EACH_ELEMENT && vectors > 1;
    return inGroups ? whole - whole % ((long) vectors * GROUP) : whole;
  }

  /**
   * How many work-items have a row of a table together: the least power of two that is not less
   * than its width, at most a group.
   *
   * @param width the elements of a row
   * @return the exponent of that power
   */
  public static int shift(int width) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(Math.min(width, GROUP) - 1);
  }

  /**
   * The number of work-groups to launch for rows of a table.
   *
   * @param rows their number
   * @param width the elements of each
   * @return the number of groups of {@link #GROUP} work-items
   */
  public static long rowGroups(long rows, int width) {
    int inAGroup = GROUP >> shift(width);
    return (rows + inAGroup - 1) / inAGroup;
  }

  /**
   * The number of work-groups to launch.
   *
   * @param shape what the kernel does once; not {@link Shape#EACH_ROW}
   * @param length the number of elements
   * @param vectors the number of vectors among them
   * @return the number of groups of {@link #GROUP} work-items
   */
  public long groups(Shape shape, long length, long vectors) {
    return switch (shape) {
      case EACH_ELEMENT -> (length - width * vectors + vectors / this.vectors + GROUP - 1) / GROUP;
      case EACH_BLOCK -> Block8.count(length);
      case EACH_CHUNK -> Kernel.chunks(length);
      case ONCE -> 1;
      case EACH_ROW -> throw new IllegalArgumentException("rows of a table have rowGroups");
    };
  }

  /**
   * Puts the text together.
   *
   * @return the whole program, whose kernels have their names
   */
  public String text() {
    StringBuilder text = new StringBuilder();
    define(text, "REAL", "WORD_" + kernels.get(0).compute());
    define(text, "WIDTH", width);
    define(text, "VECTORS", vectors);
    define(text, "GROUP", GROUP);
    define(text, "CHUNK", Kernel.CHUNK);
    define(text, "LANES", Kernel.LANES);
    for (DecisionField field : DecisionField.values()) {
      define(text, field.name(), field.index());
    }
    text.append(dialect.prelude());
    for (String macros : List.of("types", "rows", "lanes")) {
      text.append(resource(macros + ".macros"));
    }
    kernels.stream()
        .filter(kernel -> !kernel.numbers().isEmpty())
        .map(KernelText::typedef)
        .distinct()
        .forEach(text::append);
    text.append(resource("formula.macros")); // of the steps, which each family has
    text.append(resource("step.macros"));
    for (Kernel kernel : kernels) {
      Map<String, Object> defines = defines(kernel);
      text.append('\n');
      defines.forEach((name, value) -> define(text, name, value));
      text.append(resource(kernel.text() + ".kernel"));
      defines.keySet().forEach(name -> text.append("#undef ").append(name).append('\n'));
    }
    return text.toString();
  }

  private static void define(StringBuilder text, String name, Object value) {
    text.append("#define ").append(name).append(' ').append(value).append('\n');
  }

  private static String typedef(Kernel kernel) {
    return "typedef struct { REAL "
        + String.join(", ", kernel.numbers())
        + "; } "
        + struct(kernel)
        + ";\n";
  }

  /** One for all kernels that take the same numbers, called by the first text of them. */
  private static String struct(Kernel kernel) {
    Kernel first =
        Kernels.all().stream()
            .filter(other -> other.numbers().equals(kernel.numbers()))
            .findFirst()
            .orElseThrow();
    return first.text() + "_numbers";
  }

  private Map<String, Object> defines(Kernel kernel) {
    boolean many = dialect == Dialect.CUDA_MANY;
    Map<String, Object> defines = new LinkedHashMap<>();
    boolean rows = kernel.shape() == Shape.EACH_ROW;
    StringBuilder arguments = new StringBuilder();
    arguments.append(many ? "const INDEX launches, TABLE table" : "const INDEX n, const INDEX ");
    arguments.append(many ? "" : rows ? "width, const INDEX shift" : "vectors");
    StringBuilder found = new StringBuilder("FIND_LAUNCH");
    if (!kernel.numbers().isEmpty()) {
      arguments.append(", const ").append(struct(kernel)).append(" k");
    }
    boolean isRandom = kernel.rounding() == Rounding.RANDOM;
    defines.put("RANDOM", isRandom ? 1 : 0);
    if (isRandom) {
      arguments.append(many ? ", const INDEX key" : ", const INDEX key, const INDEX place");
      found.append(" FIND_PLACE");
    }
    int column = FIRST_ROW;
    for (Row row : kernel.rows()) {
      defines.put("TYPE_" + row.name(), row.type());
      if (many && row.isOfElements()) {
        found.append(" FOUND(").append(row.name()).append(", ").append(column++).append(')');
      } else {
        arguments.append(", ROW(").append(row.name()).append(')');
      }
    }
    for (String row : rowsOf(kernel.text())) {
      defines.put("HAS_" + row, kernel.row(row) >= 0 ? 1 : 0);
    }
    defines.put("NAME", many ? kernel.name() + MANY : kernel.name());
    defines.put("ARGUMENTS", arguments);
    if (!rows) {
      defines.put("LAUNCH", many ? found : "const INDEX t = GLOBAL_ID;");
    }
    return defines;
  }

  /** The rows of any kernel of a text. */
  private static Iterable<String> rowsOf(String text) {
    return Kernels.all().stream()
        .filter(kernel -> kernel.text().equals(text))
        .flatMap(kernel -> kernel.rows().stream().map(Row::name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static String resource(String name) {
    try (InputStream in = KernelText.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the jar of dev.rootmean.kernels cannot be read", e);
    }
  }
}
