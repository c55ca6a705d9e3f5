package dev.rootmean.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;

/** Saves each shard where its state is, and gives the lines that a manifest has of its files. */
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

  /** What all shards have given. */
  static List<SavedFile> files(List<byte[]> shards) {
    return shards.stream()
        .flatMap(lines -> new String(lines, StandardCharsets.UTF_8).lines())
        .map(SavedFile::parse)
        .toList();
  }

  @Override
  public Partition[] getPartitions() {
    return state.getPartitions();
  }

  @Override
  public Iterator<byte[]> compute(Partition split, TaskContext context) {
    int shard = split.index();
    byte[] lines =
        DeviceStore.use(
            state.plan(),
            shard,
            memory -> {
              try {
                ShardState found = state.find(shard, memory, context);
                return files.save(state.plan(), shard, state.step(), measured, found).stream()
                    .map(SavedFile::line)
                    .collect(Collectors.joining("\n"))
                    .getBytes(StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return Rdds.iterator(List.of(lines).iterator());
  }
}
