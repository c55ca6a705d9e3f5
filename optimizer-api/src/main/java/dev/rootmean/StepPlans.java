package dev.rootmean;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;

/**
 * What a step launches, by which tensors have a gradient. Plans are kept, so that the next step by
 * the same tensors makes nothing anew.
 */
final class StepPlans {
  /** More than a training has, unless its tensors come and go at random. */
  private static final int MOST = 16;

  private final OptimizerBackend backend;
  private final OptimizerMemory memory;
  private final Map<BitSet, Plan> plans = new HashMap<>();

  /** Of all tensors; null until it is asked for. */
  private Plan all;

  /** Of the names at hand. */
  private final BitSet present = new BitSet();

  /**
   * What a step does, in this order.
   *
   * @param present the tensors that have a gradient, by their index
   * @param outside those of them that have memory of the caller's
   * @param absent the gradients of all others, where they are measured or added up
   * @param gathers what is copied or added to the row of gradients
   * @param groups what is stepped
   * @param tables what is stepped row by row
   */
  record Plan(
      BitSet present,
      List<Layout.Tensor> outside,
      List<DeviceBuffer> absent,
      List<Gather> gathers,
      List<Group> groups,
      List<Table> tables) {
    int launches() {
      return groups.stream().mapToInt(Group::launches).sum() + tables.size();
    }
  }

  /**
   * Gradients that go into the row of all.
   *
   * @param source null if it is what {@code tensor}'s gradient is bound to
   */
  record Gather(DeviceBuffer source, Layout.Tensor tensor, DeviceBuffer target) {}

  /** The tensors of a group that are kept alike, neighbours in one row as one. */
  record Group(int index, MultiTensorStep step, int launches, List<Bound> bound) {}

  /** What is stepped by the rows of its gradient that are there. */
  record Table(
      Layout.Tensor tensor, DeviceBuffer parameters, RowGradients gradients, RmsPropState state) {}

  /** A gradient that a step reads where it is bound to. */
  record Bound(int launch, Layout.Tensor tensor) {}

  StepPlans(OptimizerBackend backend, OptimizerMemory memory) {
    this.backend = backend;
    this.memory = memory;
  }

  /** Forgets all plans: tensors have come, or gradients are somewhere else. */
  void clear() {
    plans.clear();
    all = null;
  }

  /** The plan for every tensor. */
  Plan all() {
    if (all == null) {
      present.clear();
      present.set(0, memory.layout().tensors().size());
      all = of(present);
    }
    return all;
  }

  /**
   * The plan for some tensors.
   *
   * @throws IllegalArgumentException if there is no such tensor, or one is named twice
   * @throws IllegalStateException if one cannot be stepped
   */
  Plan of(Collection<String> names) {
    present.clear();
    for (String name : Objects.requireNonNull(names, "names")) {
      int index = memory.layout().tensor(name).index();
      if (present.get(index)) {
        throw new IllegalArgumentException(
            "parameter \"" + name + "\" is named twice: expected each name once");
      }
      present.set(index);
    }
    return of(present);
  }

  /** The plan for the tensors of some indices. */
  Plan of(BitSet present) {
    Plan known = plans.get(present);
    if (known != null) {
      return known;
    }
    if (plans.size() == MOST) {
      plans.clear();
    }
    Plan plan = plan((BitSet) present.clone());
    plans.put(plan.present(), plan);
    return plan;
  }

  private Plan plan(BitSet present) {
    List<Layout.Tensor> outside = new ArrayList<>();
    List<DeviceBuffer> absent = new ArrayList<>();
    List<Gather> gathers = new ArrayList<>();
    List<Table> tables = new ArrayList<>();
    BitSet dense = (BitSet) present.clone();
    OptimizerGradients gradients = memory.gradients();
    DeviceBuffer row = gradients.row();
    for (Layout.Tensor tensor : memory.layout().tensors()) {
      if (present.get(tensor.index()) && tensor.isTable()) {
        tables.add(table(tensor));
        dense.clear(tensor.index());
      }
      if (present.get(tensor.index()) && !isTaken(tensor)) {
        if (row == null) { // otherwise what is stepped by may be gathered, and gone, already
          memory.requireReady(tensor);
        }
        outside.add(tensor);
      }
    }
    if (gradients.measures() || gradients.accumulates()) {
      BitSet others = new BitSet();
      for (Layout.Tensor tensor : memory.layout().tensors()) {
        others.set(tensor.index(), !tensor.isTable() && !present.get(tensor.index()));
      }
      forRuns(others, (a, b) -> true, (a, b) -> absent.add(part(memory.row(), a, b)));
    }
    if (row != null) {
      forRuns(
          dense,
          (a, b) -> haveOneBlock(a, b) && isTaken(a) && isTaken(b),
          (a, b) -> gathers.add(new Gather(ownGradients(a, b), a, part(row, a, b))));
    }
    return new Plan(present, outside, absent, gathers, groups(dense, row), tables);
  }

  private Table table(Layout.Tensor tensor) {
    RowGradients gradients = memory.tables().of(tensor);
    return new Table(tensor, memory.parameter(tensor), gradients, memory.state(tensor, tensor));
  }

  private List<Group> groups(BitSet present, DeviceBuffer row) {
    List<Group> groups = new ArrayList<>();
    for (int group = 0; group < memory.layout().groups().size(); group++) {
      for (boolean inBlocks : new boolean[] {false, true}) {
        BitSet members = (BitSet) present.clone();
        for (Layout.Tensor tensor : memory.layout().tensors()) {
          Layout.Section section = memory.layout().sections().get(tensor.section());
          if (section.group() != group || section.inBlocks() != inBlocks) {
            members.clear(tensor.index());
          }
        }
        if (!members.isEmpty()) {
          groups.add(group(group, members, row));
        }
      }
    }
    return groups;
  }

  private Group group(int group, BitSet members, DeviceBuffer row) {
    MultiTensorStep step = backend.multiTensorStep();
    List<Bound> bound = new ArrayList<>();
    int[] launches = {0};
    forRuns(
        members,
        (a, b) ->
            a.section() == b.section()
                && haveOneBlock(a, b)
                && (row != null || (isTaken(a) && isTaken(b))),
        (a, b) -> {
          DeviceBuffer own = row == null ? ownGradients(a, b) : part(row, a, b);
          if (own == null) {
            bound.add(new Bound(launches[0], a));
          }
          step.add(
              a.brought() == null ? memory.block(a).parameters(a, b) : a.brought(),
              own == null ? memory.gradients().bound(a) : own,
              memory.state(a, b));
          launches[0]++;
        });
    return new Group(group, step, launches[0], bound);
  }

  /** Whether all of its memory was taken by the optimizer. */
  private boolean isTaken(Layout.Tensor tensor) {
    return tensor.brought() == null && memory.gradients().bound(tensor) == null;
  }

  private boolean haveOneBlock(Layout.Tensor one, Layout.Tensor other) {
    return one.brought() == null && memory.block(one).equals(memory.block(other));
  }

  /** From the beginning of one tensor to the end of another; null if the gradient is bound. */
  private DeviceBuffer ownGradients(Layout.Tensor first, Layout.Tensor last) {
    return isTaken(first) ? memory.block(first).gradients(first, last) : null;
  }

  private static DeviceBuffer part(DeviceBuffer row, Layout.Tensor first, Layout.Tensor last) {
    return row.slice(first.offset(), last.end() - first.offset());
  }

  /** Cuts some tensors into runs of neighbours that belong together: the first and the last. */
  private void forRuns(
      BitSet which,
      BiPredicate<Layout.Tensor, Layout.Tensor> together,
      BiConsumer<Layout.Tensor, Layout.Tensor> run) {
    List<Layout.Tensor> tensors = memory.layout().tensors();
    int last;
    for (int i = which.nextSetBit(0); i >= 0; i = which.nextSetBit(last + 1)) {
      last = i;
      int next = neighbour(tensors, last);
      while (which.get(next) && together.test(tensors.get(last), tensors.get(next))) {
        last = next;
        next = neighbour(tensors, last);
      }
      run.accept(tensors.get(i), tensors.get(last));
    }
  }

  /** The next tensor that is no table, or the number of all. */
  private static int neighbour(List<Layout.Tensor> tensors, int index) {
    int next = index + 1;
    while (next < tensors.size() && tensors.get(next).isTable()) {
      next++;
    }
    return next;
  }
}
