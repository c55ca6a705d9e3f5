package dev.rootmean;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The gradients of an {@link Optimizer}'s tables, which come row by row. */
final class TableGradients {
  private final OptimizerBackend backend;
  private final DataType type;

  /** By tensor; null for what is no table. */
  private final List<Pending> pending = new ArrayList<>();

  /** The rows of a table that wait for a step, those of earlier micro-batches first. */
  private static final class Pending {
    private final RowGradients rows;
    private int gathered;

    Pending(RowGradients rows) {
      this.rows = rows;
    }
  }

  /** Without tables yet, of gradients that are computed in a type. */
  TableGradients(OptimizerBackend backend, DataType type) {
    this.backend = backend;
    this.type = type;
  }

  /** Goes on with more tensors. Whoever fails here or later {@link #drop}s them. */
  void extend(List<Layout.Tensor> tensors) {
    for (Layout.Tensor tensor : tensors.subList(pending.size(), tensors.size())) {
      pending.add(
          tensor.isTable()
              ? new Pending(backend.allocateRows(type, tensor.rows(), tensor.width()))
              : null);
    }
  }

  /** Gives up those from a tensor on. */
  void drop(int from) {
    close(from);
    pending.subList(from, pending.size()).clear();
  }

  /** Frees the memory. Whoever is in a step meanwhile still finds them, and is refused by them. */
  void close() {
    close(0);
  }

  private void close(int from) {
    for (int i = from; i < pending.size(); i++) {
      Pending table = pending.get(i);
      if (table != null) {
        table.rows.close();
      }
    }
  }

  /**
   * The rows of a table.
   *
   * @throws IllegalArgumentException if it is none
   */
  RowGradients of(Layout.Tensor tensor) {
    if (!tensor.isTable()) {
      throw new IllegalArgumentException(
          "parameter \""
              + tensor.name()
              + "\" has a gradient of all its elements: expected one made by sparseParameter");
    }
    return pending.get(tensor.index()).rows;
  }

  /**
   * Refuses a step that would lose rows.
   *
   * @throws IllegalStateException if there are some of a table that is not stepped
   */
  void requireIn(BitSet present, Layout layout) {
    for (int i = 0; i < pending.size(); i++) {
      Pending table = pending.get(i);
      if (table != null && table.rows.count() > table.gathered && !present.get(i)) {
        throw new IllegalStateException(
            "parameter \""
                + layout.tensors().get(i).name()
                + "\" was given rows of its gradient, and is not stepped:"
                + " expected its name too, or zeroGradients() before");
      }
    }
  }

  /** The micro-batch at hand has ended. */
  void gather() {
    for (int i = 0; i < pending.size(); i++) {
      Pending table = pending.get(i);
      if (table != null) {
        table.gathered = table.rows.count();
      }
    }
  }

  /** Whether any rows wait for a step. */
  boolean areGiven() {
    return pending.stream().anyMatch(table -> table != null && table.rows.count() > 0);
  }

  /** Whether rows of earlier micro-batches wait for a step. */
  boolean areGathered() {
    return pending.stream().anyMatch(table -> table != null && table.gathered > 0);
  }

  /** Forgets the rows of the micro-batch at hand. */
  void zero() {
    for (int i = 0; i < pending.size(); i++) {
      Pending table = pending.get(i);
      if (table != null) {
        table.rows.truncate(table.gathered);
      }
    }
  }

  /** Forgets all rows. */
  void clear() {
    for (int i = 0; i < pending.size(); i++) {
      Pending table = pending.get(i);
      if (table != null) {
        table.gathered = 0;
        table.rows.clear();
      }
    }
  }
}
