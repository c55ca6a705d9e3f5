package dev.rootmean.spark;

import dev.rootmean.DataType;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Lays tensors out in one row, group after group, in the order in which they come. */
final class RowBuilder {
  /** As many floats as a shard may have: a gibibyte, so that a byte array has room for more. */
  private static final int LARGEST_SHARD = 1 << 28;

  /** Less than an array can have on some JVMs. */
  private static final int LARGEST_TENSOR = Integer.MAX_VALUE - 8;

  private final RmsProp rule;
  private final List<String> groupNames = new ArrayList<>(List.of(""));
  private final List<RmsProp> groupRules = new ArrayList<>();
  private final List<ShardLayout.Group> groups = new ArrayList<>();
  private final List<ShardLayout.Tensor> tensors = new ArrayList<>();
  private final List<float[]> firsts = new ArrayList<>();
  private long groupStart;
  private long length;

  RowBuilder(RmsProp rule) {
    rule.requireFor(DataType.FLOAT32);
    this.rule = rule;
    groupRules.add(rule);
  }

  /** The rules of the groups. */
  List<RmsProp> rules() {
    return groupRules;
  }

  /** The first values of each tensor; null for zeros. */
  List<float[]> firsts() {
    return firsts;
  }

  long length() {
    return length;
  }

  /** Adds a tensor. */
  void add(String name, float[] first, long[] shape) {
    if (name.isEmpty() || tensors.stream().anyMatch(tensor -> tensor.name().equals(name))) {
      throw new IllegalArgumentException(
          "parameter \"" + name + "\": expected a name that is not empty, and no other's");
    }
    long size = 1;
    for (long dimension : shape) {
      boolean fits = dimension >= 1 && dimension <= LARGEST_TENSOR && size <= LARGEST_TENSOR;
      size = fits ? size * dimension : Long.MAX_VALUE;
    }
    if (size > LARGEST_TENSOR || (first != null && first.length != size)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter \"%s\" of shape %s%s: expected dimensions of at least 1, and as many"
                  + " elements as they make, up to %d",
              name,
              Arrays.toString(shape),
              first == null ? "" : " with " + first.length + " values",
              LARGEST_TENSOR));
    }
    List<Long> boxed = Arrays.stream(shape).boxed().toList();
    tensors.add(new ShardLayout.Tensor(name, boxed, length, (int) size));
    firsts.add(first);
    length += size;
  }

  /** Begins a group. */
  void group(String name, UnaryOperator<RmsPropBuilder> change) {
    if (groupNames.contains(Objects.requireNonNull(name, "name"))) {
      throw new IllegalArgumentException(
          "group \"" + name + "\": expected a name that is not empty, and no other's");
    }
    RmsProp changed = change.apply(rule.toBuilder()).build();
    changed.requireFor(DataType.FLOAT32);
    if (changed.learningRate() != rule.learningRate() && rule.learningRate() == 0) {
      throw new IllegalArgumentException(
          "group \"" + name + "\" has a learning rate beside one of 0: expected one above 0");
    }
    groups.add(lastGroup());
    groupStart = length;
    groupNames.add(name);
    groupRules.add(changed);
  }

  private ShardLayout.Group lastGroup() {
    int group = groupNames.size() - 1;
    if (group > 0 && groupStart == length) {
      throw new IllegalArgumentException(
          "group \"" + groupNames.get(group) + "\" has no parameters: expected at least one");
    }
    return new ShardLayout.Group(groupNames.get(group), groupStart, length);
  }

  /** Cuts the row. */
  ShardLayout cutInto(int shards, boolean measured) {
    if (shards > length) {
      throw new IllegalArgumentException(
          shards + " shards of " + length + " parameters: expected no more than these");
    }
    List<ShardLayout.Group> all = new ArrayList<>(groups);
    all.add(lastGroup());
    ShardLayout layout = new ShardLayout(tensors, all, shards, measured);
    for (int shard = 0; shard < shards; shard++) {
      long floats = layout.gradientsEnd(shard) - layout.start(shard);
      if (floats > LARGEST_SHARD) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%d shards of up to %d parameters: expected more shards, of at most %d",
                shards,
                floats,
                LARGEST_SHARD));
      }
    }
    return layout;
  }
}
