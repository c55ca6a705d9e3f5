package dev.rootmean;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Where the tensors of an {@link Optimizer} have their parameters, gradients and accumulators. */
final class OptimizerMemory {
  private final OptimizerBackend backend;
  private final Precision precision;
  private final OptimizerGradients gradients;
  private final TableGradients tables;
  private Layout layout = new Layout();

  /** By section. */
  private final List<RmsPropState> states = new ArrayList<>();

  /** By tensor; null for one whose parameters were brought. */
  private final List<Block> blocks = new ArrayList<>();

  /** That of the first tensor which is no table; null if there is none, or it was brought. */
  private Block first;

  /**
   * Parameters and gradients of tensors that follow each other, from a place of the layout on.
   *
   * @param gradients null if it is a table's
   */
  record Block(long offset, DeviceBuffer parameters, DeviceBuffer gradients) {
    static Block take(OptimizerBackend backend, Precision precision, long offset, long length) {
      DeviceBuffer parameters = backend.allocate(precision.parameters(), length);
      try {
        return new Block(offset, parameters, backend.allocate(precision.gradients(), length));
      } catch (Throwable e) {
        parameters.close();
        throw e;
      }
    }

    /** From the beginning of one tensor to the end of another. */
    DeviceBuffer parameters(Layout.Tensor first, Layout.Tensor last) {
      return parameters.slice(first.offset() - offset, last.end() - first.offset());
    }

    /** From the beginning of one tensor to the end of another. */
    DeviceBuffer gradients(Layout.Tensor first, Layout.Tensor last) {
      return gradients.slice(first.offset() - offset, last.end() - first.offset());
    }
  }

  /**
   * Takes the memory.
   *
   * @throws IllegalArgumentException as {@link #extend}
   * @throws DeviceOutOfMemoryException if there is too little; nothing is kept
   */
  OptimizerMemory(
      OptimizerBackend backend, Precision precision, Layout layout, GradientPolicy policy) {
    this.backend = backend;
    this.precision = precision;
    this.gradients =
        new OptimizerGradients(backend, precision.gradients(), layout.measured(), policy);
    this.tables = new TableGradients(backend, precision.parameters().compute());
    try {
      extend(layout);
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /**
   * Takes memory for what a layout has beyond the one at hand, and goes on with that layout.
   *
   * @throws IllegalArgumentException if what is brought cannot be stepped here; nothing has changed
   * @throws DeviceOutOfMemoryException if there is too little; nothing has changed
   */
  void extend(Layout extended) {
    List<Layout.Tensor> tensors = extended.tensors();
    int known = blocks.size();
    int knownSections = states.size();
    try {
      for (Layout.Tensor tensor : tensors.subList(known, tensors.size())) {
        blocks.add(block(tensors, tensor, known));
      }
      for (int i = knownSections; i < extended.sections().size(); i++) {
        Layout.Section section = extended.sections().get(i);
        RmsProp rule = extended.groups().get(section.group()).rule();
        long length = section.end() - section.offset();
        states.add(RmsPropState.take(backend, rule, precision(section), section.offset(), length));
      }
      tables.extend(tensors);
      first = tensors.stream().filter(t -> !t.isTable()).findFirst().map(this::block).orElse(null);
      gradients.extend(extended, isRow(extended));
      layout = extended;
    } catch (DeviceOutOfMemoryException e) {
      forget(tensors, known, knownSections);
      throw withNeed(e, extended, known, knownSections);
    } catch (Throwable e) {
      forget(tensors, known, knownSections);
      throw e;
    }
  }

  /** Gives up what a layout has beyond the one at hand. */
  private void forget(List<Layout.Tensor> tensors, int known, int knownSections) {
    drop(tensors, known, knownSections);
    tables.drop(known);
    blocks.subList(known, blocks.size()).clear();
    states.subList(knownSections, states.size()).clear();
  }

  /** As another one, which says what a layout needs beyond the one at hand: all allocations. */
  private DeviceOutOfMemoryException withNeed(
      DeviceOutOfMemoryException e, Layout extended, int known, int knownSections) {
    List<Layout.Tensor> tensors = extended.tensors();
    double bytes = 0; // which may be more than a long holds
    for (Layout.Tensor tensor : tensors.subList(known, tensors.size())) {
      int ofGradient = tensor.isTable() ? 0 : precision.gradients().bytes();
      int ofBlock = precision.parameters().bytes() + ofGradient;
      bytes += tensor.brought() == null ? (double) ofBlock * tensor.length() : 0;
    }
    List<Layout.Section> sections = extended.sections();
    for (Layout.Section section : sections.subList(knownSections, sections.size())) {
      RmsProp rule = extended.groups().get(section.group()).rule();
      bytes += precision(section).stateBytes(rule, section.end() - section.offset());
    }
    boolean isRow =
        known == 0 && tensors.stream().allMatch(t -> t.isTable() || t.brought() == null);
    bytes += gradients.isGathered(isRow) ? gradients.rowBytes(extended.length()) : 0;
    String need =
        String.format(
            Locale.ROOT,
            "; for parameters, gradients and accumulators at least %,.0f bytes are needed in all",
            bytes);
    return new DeviceOutOfMemoryException(
        e.backend(), e.operation(), e.nativeCode(), e.nativeCodeName(), e.reason() + need, e);
  }

  /** The memory of a new tensor: taken with that of those behind it, up to one that was brought. */
  private Block block(List<Layout.Tensor> tensors, Layout.Tensor tensor, int known) {
    if (tensor.brought() != null) {
      tensor.requireFits("parameter", tensor.brought(), backend, precision.parameters());
      Claims.claim(this, tensor.name(), tensor.brought());
      return null;
    }
    Block taken;
    if (tensor.isTable()) {
      DeviceBuffer table = backend.allocate(precision.parameters(), tensor.length());
      taken = new Block(tensor.offset(), table, null);
    } else {
      int before = tensor.index() - 1;
      while (before >= known && tensors.get(before).isTable()) {
        before--;
      }
      if (before >= known && blocks.get(before) != null) {
        return blocks.get(before);
      }
      long end = tensor.end();
      for (Layout.Tensor next : tensors.subList(tensor.index() + 1, tensors.size())) {
        if (!next.isTable()) {
          if (next.brought() != null) {
            break;
          }
          end = next.end();
        }
      }
      long offset = tensor.offset() / Layout.ALIGNMENT * Layout.ALIGNMENT;
      taken = Block.take(backend, precision, offset, end - offset);
    }
    Claims.claim(this, tensor.name(), taken.parameters());
    return taken;
  }

  /** Whether the gradients of all tensors but tables lie in one row. */
  private boolean isRow(Layout layout) {
    return layout.length() == 0
        || (first != null
            && layout.tensors().stream()
                .allMatch(tensor -> tensor.isTable() || first.equals(block(tensor))));
  }

  /**
   * Has the gradient of a tensor be read from a buffer.
   *
   * @return whether it was read from none before
   * @throws IllegalArgumentException if it cannot be stepped by; nothing has changed
   */
  boolean bind(Layout.Tensor tensor, DeviceBuffer gradient) {
    requireNoTable(tensor);
    tensor.requireFits("gradient of", gradient, backend, precision.gradients());
    DeviceBuffer brought = tensor.brought();
    if (gradient.overlaps(brought == null ? block(tensor).parameters() : brought)) {
      throw new IllegalArgumentException(
          "gradient of \""
              + tensor.name()
              + "\" is memory that parameters have too: expected memory of its own");
    }
    return gradients.bind(tensor, gradient, layout.length());
  }

  /**
   * Looks at memory that is not this object's before a step.
   *
   * @throws IllegalStateException if a tensor cannot be stepped
   */
  void requireReady(Layout.Tensor tensor) {
    DeviceBuffer brought = tensor.brought();
    DeviceBuffer bound = gradients.bound(tensor);
    String wrong = null;
    if (brought != null && !backend.owns(brought)) {
      wrong = "is closed";
    } else if (bound != null && !backend.owns(bound)) {
      wrong = "has a gradient that is closed";
    } else if (brought != null && bound == null && !tensor.isTable()) {
      wrong = "has no gradient";
    }
    if (wrong != null) {
      throw new IllegalStateException(
          "parameter \""
              + tensor.name()
              + "\" "
              + wrong
              + ": expected step(names) of the others, or another buffer");
    }
  }

  /** A view of a tensor's parameters. */
  DeviceBuffer parameter(Layout.Tensor tensor) {
    DeviceBuffer brought = tensor.brought();
    return brought == null
        ? blocks.get(tensor.index()).parameters(tensor, tensor)
        : brought.slice(0, brought.length());
  }

  /** A view of a tensor's gradient. */
  DeviceBuffer gradient(Layout.Tensor tensor) {
    requireNoTable(tensor);
    DeviceBuffer bound = gradients.bound(tensor);
    if (bound == null && tensor.brought() != null) {
      throw new IllegalStateException(
          "parameter \""
              + tensor.name()
              + "\" has no gradient: expected gradient(name, buffer) first");
    }
    return bound == null
        ? blocks.get(tensor.index()).gradients(tensor, tensor)
        : bound.slice(0, bound.length());
  }

  private static void requireNoTable(Layout.Tensor tensor) {
    if (tensor.isTable()) {
      throw new IllegalArgumentException(
          "parameter \""
              + tensor.name()
              + "\" has its gradient row by row: expected gradientRows(name, rows, values)");
    }
  }

  /** Views of accumulators, from the beginning of one tensor of a section to another's end. */
  RmsPropState state(Layout.Tensor first, Layout.Tensor last) {
    long start = layout.sections().get(first.section()).offset();
    return states.get(first.section()).slice(first.offset() - start, last.end() - first.offset());
  }

  void zeroGradients() {
    gradients.zero(); // which may refuse
    tables.zero();
    blocks.stream()
        .filter(Objects::nonNull)
        .map(Block::gradients)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(DeviceBuffer::zero);
  }

  Precision precision() {
    return precision;
  }

  /** How the tensors of a section are kept: those that are not worth blocks without such. */
  private Precision precision(Layout.Section section) {
    DataType kept = precision.accumulators();
    return kept.isInBlocks() && !section.inBlocks()
        ? precision.withAccumulators(kept.compute())
        : precision;
  }

  /** Says which step comes next, by whose random bits it rounds. */
  void attempt(long number) {
    for (int i = 0; i < states.size(); i++) {
      states.get(i).attempt(number);
    }
  }

  Layout layout() {
    return layout;
  }

  OptimizerGradients gradients() {
    return gradients;
  }

  TableGradients tables() {
    return tables;
  }

  /** The memory of a tensor; null if its parameters were brought. */
  Block block(Layout.Tensor tensor) {
    return blocks.get(tensor.index());
  }

  /**
   * The memory of all tensors.
   *
   * @throws IllegalStateException if it was not taken together
   */
  Block whole() {
    if (first == null || !blocks.stream().allMatch(first::equals)) {
      throw new IllegalStateException(
          "the parameters are not in one buffer, some were brought, added later or are a table:"
              + " expected parameter(name) and gradient(name) of each");
    }
    return first;
  }

  /**
   * The gradients of a step in one row, where they can be measured or added up; null if all tensors
   * are tables.
   */
  DeviceBuffer row() {
    return gradients.row() == null && first != null ? first.gradients() : gradients.row();
  }

  void requireOpen() {
    if (!backend.owns(anyState())) {
      throw new IllegalStateException("the optimizer is closed");
    }
  }

  /** Some accumulators: open as long as this is. */
  DeviceBuffer anyState() {
    return states.get(0).squareAverage();
  }

  /** Also in the middle of being made, when there is no more than some of it. */
  void close() {
    drop(layout.tensors(), 0, 0);
    tables.close();
    gradients.close();
  }

  /** Gives back the memory of tensors, and of sections, from some on. */
  private void drop(List<Layout.Tensor> tensors, int from, int fromSection) {
    for (int i = from; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (block == null) {
        Claims.release(this, tensors.get(i).brought());
      } else {
        Claims.release(this, block.parameters());
        if (block.gradients() != null) {
          block.gradients().close();
        }
        block.parameters().close();
      }
    }
    states.subList(fromSection, states.size()).forEach(RmsPropState::close);
  }
}
