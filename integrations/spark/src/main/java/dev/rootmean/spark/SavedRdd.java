package dev.rootmean.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/** The shards of a checkpoint, which may have been cut otherwise. */
final class SavedRdd extends StateRdd {
  private static final long serialVersionUID = 1;

  private final ShardFiles files;
  private final List<SavedFile> saved;

  SavedRdd(SparkContext spark, Plan plan, Manifest manifest, ShardFiles files) {
    super(spark, plan, manifest.step(), List.of());
    this.files = files;
    this.saved = List.copyOf(manifest.files());
  }

  @Override
  ShardState bring(int shard, ShardMemory memory, TaskContext context) {
    ShardLayout layout = plan().layout();
    ShardLayout then = layout.cutInto(files.shards());
    ShardState state = memory.fresh(plan(), shard);
    for (int from = 0; from < files.shards(); from++) {
      if (then.start(from) < layout.end(shard) && layout.start(shard) < then.end(from)) {
        try {
          files.load(plan(), from, step(), saved, state);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    state.publish(step(), 0);
    plan().restores().add(1);
    return state;
  }
}
