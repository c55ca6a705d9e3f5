package dev.rootmean.spark;

import org.apache.spark.Partitioner;

/** Sends what has the number of a shard as its key to that shard. */
final class ToShard extends Partitioner {
  private static final long serialVersionUID = 1;

  private final int shards;

  ToShard(int shards) {
    this.shards = shards;
  }

  @Override
  public int numPartitions() {
    return shards;
  }

  @Override
  public int getPartition(Object key) {
    return (Integer) key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ToShard that && that.shards == shards;
  }

  @Override
  public int hashCode() {
    return shards;
  }
}
