/**
 * What keeps a training: in files of parameters and accumulators, as safetensors, and in the host's
 * memory when a device is lost.
 */
package dev.rootmean.checkpoint;
