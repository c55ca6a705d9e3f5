package dev.rootmean.spark;

import org.apache.spark.Partition;

/** The partition that a shard is: its number is all that a task needs. */
final class ShardPartition implements Partition {
  private static final long serialVersionUID = 1;

  private final int index;

  ShardPartition(int index) {
    this.index = index;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShardPartition partition && partition.index == index;
  }

  @Override
  public int hashCode() {
    return index;
  }
}
