package dev.rootmean.spark;

/**
 * What a training has done. Spark's UI shows the latter two beside its stages, and counts no task
 * that has failed, not even what it did before.
 *
 * @param steps how many were taken since it began, with skipped ones
 * @param skipped how many of these the policy has skipped
 * @param updates how often a shard was stepped since the training was built: without a failure,
 *     shards times steps; each more is one that was lost and has been computed again
 * @param restores how often a shard was loaded from a checkpoint since then
 * @since 0.1.0
 */
public record TrainingMetrics(long steps, long skipped, long updates, long restores) {}
