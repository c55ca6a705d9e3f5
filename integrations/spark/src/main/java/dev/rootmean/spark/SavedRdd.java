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

  SavedRdd(SparkContext spark, Plan plan, long step, ShardFiles files) {
    super(spark, plan, step, List.of());
    this.files = files;
  }

  @Override
  ShardState bring(int shard, ShardMemory memory, TaskContext context) {
    ShardLayout layout = plan().layout();
    ShardLayout then = layout.cutInto(files.shards());
    ShardState state = memory.fresh(plan(), shard);
    for (int saved = 0; saved < files.shards(); saved++) {
      if (then.start(saved) < layout.end(shard) && layout.start(shard) < then.end(saved)) {
        try {
          files.load(plan(), saved, step(), state);
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
