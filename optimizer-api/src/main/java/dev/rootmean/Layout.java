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
 * of elements.
 */
final class Layout {
  /**
   * Elements that every section's start is a multiple of. Its accumulators begin at 0, and
   * processors step fastest what begins at one place within its pages everywhere. Nothing is
   * between a section's tensors: it would be stepped with them.
   */
  static final int ALIGNMENT = 16_384;

  private final Map<String, Tensor> tensors;
  private final List<Tensor> order;
  private final List<Group> groups;
  private final List<Section> sections;
  private long length;

  /**
   * Where a tensor lies, and which of all tensors it is.
   *
   * @param brought the parameters, if the caller has brought them; else null
   */
  record Tensor(
      int index,
      int section,
      String name,
      List<Long> shape,
      long offset,
      long length,
      DeviceBuffer brought) {
    long end() {
      return offset + length;
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
  record Section(int group, long offset, long end) {}

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

  /** Begins a section of a group, into which tensors go from here on. */
  void beginSection(int group) {
    long start = Math.addExact(length, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    sections.removeIf(section -> section.offset() == section.end());
    sections.add(new Section(group, start, start));
    length = start;
  }

  /**
   * Adds a tensor to the section that was begun last.
   *
   * @param shape none for a single number; the length of what is brought if that is more
   * @param brought null if the optimizer takes the memory
   * @throws IllegalArgumentException naming the tensor and what is wrong with it; nothing changed
   */
  void add(String name, long[] shape, DeviceBuffer brought) {
    Objects.requireNonNull(name, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("parameter without a name: expected one");
    }
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException(
          "parameter " + quoted(name) + " is there already: expected another name");
    }
    try {
      long[] dimensions = brought == null || shape.length > 0 ? shape : vector(brought);
      long size = size(name, dimensions);
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
      long end = Math.addExact(length, size);
      List<Long> boxed = Arrays.stream(dimensions).boxed().toList();
      int section = sections.size() - 1;
      Tensor tensor = new Tensor(order.size(), section, name, boxed, length, size, brought);
      tensors.put(name, tensor);
      order.add(tensor);
      sections.set(
          section, new Section(sections.get(section).group(), sections.get(section).offset(), end));
      length = end;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter \"%s\" of shape %s makes more than 2^63 elements",
              name,
              Arrays.toString(shape)),
          e);
    }
  }

  private static long[] vector(DeviceBuffer buffer) {
    return new long[] {buffer.length()};
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

  /** Where the last tensor ends. */
  long length() {
    return length;
  }
}
