package dev.rootmean.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;

/** Saves each shard where its state is. */
final class SaveRdd extends RDD<byte[]> {
  private static final long serialVersionUID = 1;

  private final StateRdd state;
  private final ShardFiles files;
  private final Measured measured;

  SaveRdd(StateRdd state, ShardFiles files, Measured measured) {
    super(
        state.sparkContext(),
        Rdds.dependencies(List.of(new OneToOneDependency<>(state))),
        Rdds.tag(byte[].class));
    this.state = state;
    this.files = files;
    this.measured = measured;
  }

  @Override
  public Partition[] getPartitions() {
    return state.getPartitions();
  }

  @Override
  public Iterator<byte[]> compute(Partition split, TaskContext context) {
    int shard = split.index();
    byte[] done =
        DeviceStore.use(
            state.plan(),
            shard,
            memory -> {
              try {
                ShardState found = state.find(shard, memory, context);
                files.save(state.plan(), shard, state.step(), measured, found);
                return Blob.of(0, 0, 0);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return Rdds.iterator(List.of(done).iterator());
  }
}
