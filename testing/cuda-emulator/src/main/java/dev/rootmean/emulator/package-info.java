/** Controls of the emulated CUDA driver, for tests. */
package dev.rootmean.emulator;
