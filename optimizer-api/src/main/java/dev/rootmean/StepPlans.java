package dev.rootmean;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * What a step launches, by which tensors have a gradient. The plans for all of them and for those
 * of the last step are kept, so that the next step by the same ones makes nothing anew.
 */
final class StepPlans {
  private final OptimizerMemory memory;
  private final Plan all;
  private Plan last;

  /** Of the names at hand. */
  private final BitSet present = new BitSet();

  /**
   * The launches of a step, and the gradients of all tensors that it does not step.
   *
   * @param present the tensors that are stepped, by their index
   */
  record Plan(BitSet present, List<OptimizerMemory.Run> runs, List<DeviceBuffer> absent) {}

  StepPlans(OptimizerMemory memory) {
    this.memory = memory;
    present.set(0, memory.layout().size());
    all = plan();
    last = all;
  }

  /** Steps every tensor: one launch for each group. */
  Plan all() {
    return all;
  }

  /**
   * Steps some tensors.
   *
   * @throws IllegalArgumentException if there is no such tensor, or one is named twice
   */
  Plan of(Collection<String> names) {
    present.clear();
    for (String name : Objects.requireNonNull(names, "names")) {
      int index = memory.tensor(Objects.requireNonNull(name, "name")).index();
      if (present.get(index)) {
        throw new IllegalArgumentException(
            "parameter \"" + name + "\" is named twice: expected each name once");
      }
      present.set(index);
    }
    if (present.equals(all.present)) {
      return all;
    }
    if (!present.equals(last.present)) {
      last = plan();
    }
    return last;
  }

  /** Cuts each group where a tensor with a gradient is beside one without. */
  private Plan plan() {
    List<OptimizerBuilder.Tensor> tensors = memory.layout();
    List<OptimizerMemory.Run> runs = new ArrayList<>();
    List<DeviceBuffer> absent = new ArrayList<>();
    int next = 0;
    for (int group = 0; group < memory.groups(); group++) {
      long groupEnd = memory.end(group);
      long end = tensors.get(next).offset();
      while (end < groupEnd) {
        long offset = end;
        boolean stepped = present.get(next);
        while (end < groupEnd && present.get(next) == stepped) {
          end += tensors.get(next).length();
          next++;
        }
        if (stepped) {
          runs.add(memory.run(group, offset, end - offset));
        } else {
          absent.add(memory.gradients().slice(offset, end - offset));
        }
      }
    }
    return new Plan((BitSet) present.clone(), List.copyOf(runs), List.copyOf(absent));
  }
}
