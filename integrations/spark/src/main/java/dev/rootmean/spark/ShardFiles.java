package dev.rootmean.spark;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The files of a checkpoint that executors write and read: each shard is a {@link Checkpoint} of
 * its own, of an optimizer that has what lies in the shard of each tensor.
 *
 * @param folder of this checkpoint
 * @param shards how many there are in it
 */
record ShardFiles(String folder, int shards) implements Serializable {
  /** The folder of a shard, in which whoever is first saves it, and a second try saves it again. */
  Path path(int shard) {
    return Path.of(folder, String.format(Locale.ROOT, "shard-%05d-of-%05d", shard, shards));
  }

  /**
   * Saves a shard, and waits until the disk has it.
   *
   * @return its files
   */
  List<SavedFile> save(Plan plan, int shard, long step, Measured measured, ShardState state)
      throws IOException {
    try (Optimizer optimizer = optimizer(state.backend(), plan, plan.layout(), shard, state)) {
      forEachPart(
          plan.layout(),
          shard,
          state,
          (tensor, part, offset, from, length) ->
              copy(
                  part.state().slice(offset, length),
                  optimizer.state(tensor.name()).slice(from, length)));
      optimizer.resume(
          new Progress(
              step,
              measured.skipped(),
              0,
              Set.of(),
              plan.rule().get().learningRate(),
              measured.lossScale(),
              measured.goodSteps()));
      return SavedFile.of(shard, Checkpoints.in(path(shard)).keeping(1).save(optimizer));
    }
  }

  /**
   * Loads what a shard of now has of a shard of then.
   *
   * @param saved what the manifest says of all files
   * @param state takes it
   */
  void load(Plan plan, int then, long step, List<SavedFile> saved, ShardState state)
      throws IOException {
    ShardLayout layout = plan.layout().cutInto(shards);
    try (Checkpoint checkpoint = open(then, saved);
        Optimizer optimizer = optimizer(state.backend(), plan, layout, then, null)) {
      if (checkpoint.progress().attempts() != step) {
        throw new IOException(
            checkpoint.path()
                + " is of step "
                + checkpoint.progress().attempts()
                + ": expected the manifest's "
                + step);
      }
      checkpoint.load(optimizer);
      forEachPart(
          layout,
          then,
          state,
          (tensor, part, offset, from, length) -> {
            part.parameters()
                .slice(offset, length)
                .copyFrom(optimizer.parameter(tensor.name()).slice(from, length));
            copy(
                optimizer.state(tensor.name()).slice(from, length),
                part.state().slice(offset, length));
          });
      state.backend().synchronize();
    }
  }

  /** Opens a shard whose files are compared first: nothing in others is believed. */
  private Checkpoint open(int shard, List<SavedFile> saved) throws IOException {
    return Checkpoints.in(path(shard))
        .latest(
            checkpoint -> {
              for (SavedFile file : saved) {
                if (file.shard() == shard) {
                  file.require(checkpoint);
                }
              }
            })
        .orElseThrow(
            () -> new IOException(path(shard) + " has no checkpoint: expected that of a shard"));
  }

  private static void copy(RmsPropState from, RmsPropState to) {
    to.squareAverage().copyFrom(from.squareAverage());
    to.momentum().ifPresent(b -> b.copyFrom(from.momentum().orElseThrow()));
    to.gradientAverage().ifPresent(m -> m.copyFrom(from.gradientAverage().orElseThrow()));
  }

  private interface Overlap {
    /** Elements that a tensor of a shard's file, from one on, and a part, from another on, have. */
    void with(ShardLayout.Tensor tensor, ShardState.Part part, long offset, long from, long length);
  }

  private static void forEachPart(
      ShardLayout layout, int shard, ShardState state, Overlap overlap) {
    for (ShardLayout.Tensor tensor : layout.tensors()) {
      long first = Math.max(tensor.start(), layout.start(shard));
      long last = Math.min(tensor.end(), layout.end(shard));
      for (ShardState.Part part : state.parts()) {
        long start = Math.max(first, part.piece().start());
        long end = Math.min(last, part.piece().end());
        if (start < end) {
          overlap.with(tensor, part, start - part.piece().start(), start - first, end - start);
        }
      }
    }
  }

  /**
   * Makes an optimizer of what lies in a shard.
   *
   * @param state whose parameters it has; if null, it has its own
   */
  private static Optimizer optimizer(
      OptimizerBackend backend, Plan plan, ShardLayout layout, int shard, ShardState state) {
    OptimizerBuilder builder =
        Optimizer.builder(backend, plan.rule().get())
            .policy(plan.policy().get())
            .precision(plan.precision().get());
    int number = 0;
    for (ShardLayout.Piece piece : layout.pieces(shard)) {
      if (piece.group() > 0) {
        RmsProp rule = plan.rules().get(piece.group()).get();
        builder.group(layout.groups().get(piece.group()).name(), any -> rule.toBuilder());
      }
      for (ShardLayout.Tensor tensor : layout.tensors()) {
        long start = Math.max(tensor.start(), piece.start());
        long length = Math.min(tensor.end(), piece.end()) - start;
        if (length > 0 && state == null) {
          builder.parameter(tensor.name(), length);
        } else if (length > 0) {
          DeviceBuffer parameters = state.parts().get(number).parameters();
          builder.parameter(tensor.name(), parameters.slice(start - piece.start(), length), length);
        }
      }
      number++;
    }
    return builder.build();
  }
}
