/** What keeps a training: files of parameters and accumulators, as safetensors. */
package dev.rootmean.checkpoint;
