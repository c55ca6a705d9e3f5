package dev.rootmean.spark;

/**
 * What a step has come to.
 *
 * @param step its number, from 1
 * @param loss the mean of the workers'
 * @param learningRate of the training's rule in this step
 * @param gradientNorm before clipping, loss scale taken out; NaN if the policy measures none
 * @param skipped whether the policy has skipped it: parameters and accumulators are as before
 * @since 0.1.0
 */
public record StepResult(
    long step, double loss, double learningRate, double gradientNorm, boolean skipped) {}
