package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Row.Extent;
import java.util.List;
import java.util.Locale;

/**
 * What a device can be asked to run, as data. {@link Kernels} has all there are, and there is one
 * object of each.
 *
 * @since 0.1.0
 */
public final class Kernel {
  /** Elements of a chunk: those whose sum is made in one piece. */
  public static final int CHUNK = 16_384;

  /** Sums that a chunk is added up in, side by side; see {@link dev.rootmean.GradientPolicy}. */
  public static final int LANES = 1_024;

  /**
   * Gradients of a row that are summed one after another; see {@link dev.rootmean.RowGradients}.
   */
  public static final int FOLD = 64;

  /** What one unit of a launch is. */
  public enum Shape {
    /** Each element, apart from the others. */
    EACH_ELEMENT,
    /** Each block of elements, of {@link Block8#SIZE}. */
    EACH_BLOCK,
    /** Each chunk of elements. */
    EACH_CHUNK,
    /** Each row of so many that are {@link Rows#width} wide. */
    EACH_ROW,
    /** All that there is, in one piece. */
    ONCE
  }

  private final String name;
  private final String text;
  private final String family;
  private final DataType compute;
  private final Shape shape;
  private final List<String> numbers;
  private final Rounding rounding;
  private final List<Row> rows;

  /** Named by its text, its rows and their types, and how it rounds. */
  Kernel(
      String text,
      String family,
      DataType compute,
      Shape shape,
      List<String> numbers,
      Rounding rounding,
      List<Row> rows) {
    StringBuilder name = new StringBuilder(text);
    for (Row row : rows) {
      name.append('_').append(row.name()).append('_');
      name.append(row.type().name().toLowerCase(Locale.ROOT));
    }
    this.name = name + (rounding == Rounding.RANDOM ? "_random" : "");
    this.text = text;
    this.family = family;
    this.compute = compute;
    this.shape = shape;
    this.numbers = List.copyOf(numbers);
    this.rounding = rounding;
    this.rows = List.copyOf(rows);
  }

  /**
   * Its name, and no other kernel's.
   *
   * @return such as {@code add_s_float32_a_float32}
   */
  public String name() {
    return name;
  }

  /**
   * What it is written in: the file with its body, and the CPU's class of loops.
   *
   * @return such as {@code add}
   */
  public String text() {
    return text;
  }

  /**
   * The kernels that are built, loaded and proven together.
   *
   * @return such as {@code float32}
   */
  public String family() {
    return family;
  }

  /**
   * The type of its numbers, and of what it computes.
   *
   * @return {@link DataType#FLOAT32} or {@link DataType#FLOAT64}
   */
  public DataType compute() {
    return compute;
  }

  /**
   * What one unit of a launch is.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The names of its numbers, in the order of a {@link Numbers}.
   *
   * @return the fields of its struct; none if it takes none
   */
  public List<String> numbers() {
    return numbers;
  }

  /**
   * How it rounds what it stores in fewer bits than it computes in.
   *
   * @return if by random bits, it takes {@link Rows#key} and {@link Rows#place}
   */
  public Rounding rounding() {
    return rounding;
  }

  /**
   * Its rows, in the order of a {@link Rows}.
   *
   * @return at least one; those whose extent is {@link Extent#ELEMENT} come first, unless the shape
   *     is {@link Shape#EACH_ROW}
   */
  public List<Row> rows() {
    return rows;
  }

  /**
   * Finds a row.
   *
   * @param name what the text calls it
   * @return its place, -1 if there is none of that name
   */
  public int row(String name) {
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * How much memory a launch moves.
   *
   * @return the bytes that are read and written for each element
   */
  public int bytesAnElement() {
    int bytes = 0;
    for (Row row : rows) {
      if (row.extent() == Extent.ELEMENT) {
        bytes += row.type().bytes() * (row.access() == Row.Access.UPDATE ? 2 : 1);
      }
    }
    return bytes;
  }

  /**
   * How many chunks some elements are.
   *
   * @param length the number of elements, at least 1
   * @return the number of chunks, the last one perhaps a short one
   */
  public static long chunks(long length) {
    return (length - 1) / CHUNK + 1;
  }

  @Override
  public String toString() {
    return name;
  }
}
