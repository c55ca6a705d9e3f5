package dev.rootmean.spark;

/**
 * What a training has done since it was built. Spark's UI shows the same beside its stages.
 *
 * @param steps how many were taken, with skipped ones
 * @param skipped how many the policy has skipped
 * @param updates how often a shard was stepped: without a failure, shards times steps; each more is
 *     one that was lost and has been computed again
 * @param restores how often a shard was loaded from a checkpoint
 */
public record TrainingMetrics(long steps, long skipped, long updates, long restores) {}
