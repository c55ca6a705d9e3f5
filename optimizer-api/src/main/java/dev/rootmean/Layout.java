package dev.rootmean;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The tensors of an {@link Optimizer} and their order: each has a place, as if all lay in one row
 * of elements, and tables far behind it.
 */
final class Layout {
  /**
   * Elements that every section's start is a multiple of, as many as a chunk has. Its accumulators
   * begin at 0, and processors step fastest what begins at one place within its pages everywhere.
   * Nothing is between a section's tensors: it would be stepped with them.
   */
  static final int ALIGNMENT = 16_384;

  /**
   * The same of a section in blocks, where there is one for each tensor: the words of such
   * processors hold whole neighbourhoods of this many parameters in 16 bits.
   */
  static final int BLOCK_ALIGNMENT = 2_048;

  /** A tensor with fewer elements is not worth blocks: others keep such in 32 bits, too. */
  static final int LEAST_IN_BLOCKS = 4_096;

  /**
   * Where the places of tables begin, which are in no row of gradients: no bit of another tensor
   * depends on whether there are some.
   */
  private static final long TABLES = 1L << 62;

  private final Map<String, Tensor> tensors;
  private final List<Tensor> order;
  private final List<Group> groups;
  private final List<Section> sections;
  private long length;
  private long tablesEnd = TABLES;

  /** Whether large tensors have their accumulators in blocks. */
  private boolean inBlocks;

  /** Of the tensors to come. */
  private int group;

  /** The section that they go into; -1 if they begin one. */
  private int section = -1;

  /**
   * Where a tensor lies, and which of all tensors it is.
   *
   * @param brought the parameters, if the caller has brought them; else null
   * @param isTable whether its gradient comes row by row
   */
  record Tensor(
      int index,
      int section,
      String name,
      List<Long> shape,
      long offset,
      long length,
      DeviceBuffer brought,
      boolean isTable) {
    long end() {
      return offset + length;
    }

    /** The rows of a table. */
    long rows() {
      return shape.get(0);
    }

    /** The elements of a table's row. */
    int width() {
      return Math.toIntExact(shape.get(1));
    }

    /**
     * Refuses a buffer that cannot be this tensor's.
     *
     * @throws IllegalArgumentException if it is not of the backend, of the type, or of the length
     */
    void requireFits(String what, DeviceBuffer buffer, OptimizerBackend backend, DataType type) {
      boolean isOwned = backend.owns(buffer);
      if (!isOwned || buffer.dataType() != type || buffer.length() != length) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s \"%s\" is %s: expected %s",
                what,
                name,
                buffer,
                isOwned
                    ? type + "[" + length + "]"
                    : "an open buffer of this " + backend.info().name() + " backend"));
      }
    }
  }

  /** Tensors that are stepped by one rule. */
  record Group(String name, RmsProp rule) {}

  /** Tensors of a group, one right behind the other, whose accumulators were taken together. */
  record Section(int group, long offset, long end, boolean inBlocks) {}

  Layout() {
    this.tensors = new LinkedHashMap<>();
    this.order = new ArrayList<>();
    this.groups = new ArrayList<>();
    this.sections = new ArrayList<>();
  }

  /** A copy, to be changed on its own. */
  Layout(Layout other) {
    this.tensors = new LinkedHashMap<>(other.tensors);
    this.order = new ArrayList<>(other.order);
    this.groups = new ArrayList<>(other.groups);
    this.sections = new ArrayList<>(other.sections);
    this.length = other.length;
    this.tablesEnd = other.tablesEnd;
    this.inBlocks = other.inBlocks;
    this.group = other.group;
    this.section = other.section;
  }

  /**
   * The same tensors as a precision has them: where its accumulators are in blocks, in each section
   * the large ones come first, and then the small ones together. There are no tables then: {@link
   * OptimizerBuilder} has refused them.
   */
  Layout in(Precision precision) {
    if (!precision.accumulators().isInBlocks()) {
      return new Layout(this);
    }
    Layout layout = new Layout();
    layout.inBlocks = true;
    layout.groups.addAll(groups);
    for (int i = 0; i < sections.size(); i++) {
      layout.beginSection(sections.get(i).group());
      for (boolean isLarge : new boolean[] {true, false}) {
        for (Tensor tensor : order) {
          if (tensor.section() == i && isLarge == isLarge(tensor.length())) {
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            layout.add(tensor.name(), shape, tensor.brought());
          }
        }
      }
    }
    Map<String, Tensor> placed = new LinkedHashMap<>(layout.tensors);
    layout.tensors.clear();
    tensors.keySet().forEach(name -> layout.tensors.put(name, placed.get(name)));
    return layout;
  }

  private static boolean isLarge(long length) {
    return length >= LEAST_IN_BLOCKS;
  }

  /** Adds a group. */
  void addGroup(String name, RmsProp rule) {
    groups.add(new Group(name, rule));
  }

  /**
   * The place of a group.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  int group(String name) {
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i).name().equals(Objects.requireNonNull(name, "group"))) {
        return i;
      }
    }
    String known = String.join(", ", groups.stream().map(group -> quoted(group.name())).toList());
    throw new IllegalArgumentException("no group " + quoted(name) + ": there is " + known);
  }

  boolean hasGroup(String name) {
    return groups.stream().anyMatch(group -> group.name().equals(name));
  }

  /** Has tensors go into a group from here on, the first of them into a section of its own. */
  void beginSection(int group) {
    this.group = group;
    section = -1;
  }

  private static long aligned(long length, int alignment) {
    return Math.addExact(length, alignment - 1) / alignment * alignment;
  }

  /**
   * Adds a tensor to the section that was begun last.
   *
   * @param shape none for a single number; the length of what is brought if that is more
   * @param brought null if the optimizer takes the memory
   * @throws IllegalArgumentException naming the tensor and what is wrong with it; nothing changed
   */
  void add(String name, long[] shape, DeviceBuffer brought) {
    long[] dimensions = brought == null || shape.length > 0 ? shape : vector(brought);
    try {
      long size = requireNew(name, dimensions, brought);
      boolean isInBlocks = inBlocks && isLarge(size);
      boolean goesOn = section >= 0 && !isInBlocks && !sections.get(section).inBlocks();
      long start = goesOn ? length : aligned(length, isInBlocks ? BLOCK_ALIGNMENT : ALIGNMENT);
      long end = Math.addExact(start, size);
      if (goesOn) {
        sections.set(section, new Section(group, sections.get(section).offset(), end, false));
      } else {
        section = sections.size();
        sections.add(new Section(group, start, end, isInBlocks));
      }
      put(name, dimensions, section, start, size, brought, false);
      length = end;
    } catch (ArithmeticException e) {
      throw tooLarge(name, shape, e);
    }
  }

  /**
   * Adds a table to the group that was begun last, as a section of its own.
   *
   * @param brought null if the optimizer takes the memory
   * @throws IllegalArgumentException as {@link #add}
   */
  void addTable(String name, long rows, int width, DeviceBuffer brought) {
    long[] shape = {rows, width};
    try {
      long size = requireNew(name, shape, brought);
      if (rows > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "parameter " + quoted(name) + " has " + rows + " rows: expected fewer than 2^31");
      }
      long end = Math.addExact(tablesEnd, size);
      long next = aligned(end, ALIGNMENT);
      put(name, shape, sections.size(), tablesEnd, size, brought, true);
      sections.add(new Section(group, tablesEnd, end, false));
      tablesEnd = next;
    } catch (ArithmeticException e) {
      throw tooLarge(name, shape, e);
    }
  }

  private static long[] vector(DeviceBuffer buffer) {
    return new long[] {buffer.length()};
  }

  /** How many elements a tensor has that can be added. */
  private long requireNew(String name, long[] shape, DeviceBuffer brought) {
    Objects.requireNonNull(name, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("parameter without a name: expected one");
    }
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException(
          "parameter " + quoted(name) + " is there already: expected another name");
    }
    long size = size(name, shape);
    if (brought != null && brought.length() != size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter \"%s\" of shape %s in %d elements: expected %d",
              name,
              Arrays.toString(shape),
              brought.length(),
              size));
    }
    return size;
  }

  private void put(
      String name,
      long[] shape,
      int section,
      long offset,
      long size,
      DeviceBuffer brought,
      boolean isTable) {
    List<Long> boxed = Arrays.stream(shape).boxed().toList();
    Tensor tensor = new Tensor(order.size(), section, name, boxed, offset, size, brought, isTable);
    tensors.put(name, tensor);
    order.add(tensor);
  }

  private static IllegalArgumentException tooLarge(
      String name, long[] shape, ArithmeticException cause) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "parameter \"%s\" of shape %s makes more than 2^63 elements",
            name,
            Arrays.toString(shape)),
        cause);
  }

  private static long size(String name, long[] shape) {
    long size = 1;
    for (long dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "parameter \"%s\" has shape %s: expected dimensions of at least 1",
                name,
                Arrays.toString(shape)));
      }
      size = Math.multiplyExact(size, dimension);
    }
    return size;
  }

  private static String quoted(String name) {
    return "\"" + name + "\"";
  }

  /**
   * The tensor of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  Tensor tensor(String name) {
    Tensor found = tensors.get(Objects.requireNonNull(name, "name"));
    if (found == null) {
      throw new IllegalArgumentException(
          "no parameter " + quoted(name) + ": there is " + String.join(", ", tensors.keySet()));
    }
    return found;
  }

  Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** All tensors, in their order. */
  List<Tensor> tensors() {
    return order;
  }

  List<Group> groups() {
    return groups;
  }

  List<Section> sections() {
    return sections;
  }

  /** The place of a tensor's group. */
  int groupOf(Tensor tensor) {
    return sections.get(tensor.section()).group();
  }

  /** Where the last tensor ends that is no table. */
  long length() {
    return length;
  }

  /** How many gradients can be measured together, each table's from a chunk of its own on. */
  long measured() {
    return aligned(length, ALIGNMENT) + tablesEnd - TABLES;
  }
}
