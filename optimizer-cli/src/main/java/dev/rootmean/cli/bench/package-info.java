/** {@code rootmean bench}: measures how fast a step is, beside the device's own copying. */
package dev.rootmean.cli.bench;
