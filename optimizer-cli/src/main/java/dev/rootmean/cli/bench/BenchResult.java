package dev.rootmean.cli.bench;

import dev.rootmean.BackendInfo;
import java.util.OptionalDouble;

/**
 * How fast a step is. A GB is 10⁹ bytes.
 *
 * @param backend what it ran on
 * @param precision what is kept how, in the words of the command line
 * @param variant the kind of step
 * @param elements how many it updates
 * @param tensors how many tensors these are
 * @param nanosPerStep its median time
 * @param bytesPerElement the least that it has to move
 * @param copyGigabytesPerSecond the device's own, of two buffers of that size, read and written
 * @param toDeviceGigabytesPerSecond from the host's memory
 * @param toHostGigabytesPerSecond back
 * @param timesFlat of a step through an optimizer: its time over that of a backend's plain step of
 *     one flat buffer, the median of many turns
 */
record BenchResult(
    BackendInfo backend,
    String precision,
    String variant,
    long elements,
    int tensors,
    double nanosPerStep,
    int bytesPerElement,
    double copyGigabytesPerSecond,
    double toDeviceGigabytesPerSecond,
    double toHostGigabytesPerSecond,
    OptionalDouble timesFlat) {

  double nanosPerElement() {
    return nanosPerStep / elements;
  }

  double elementsPerSecond() {
    return 1e9 / nanosPerElement();
  }

  double gigabytesPerSecond() {
    return bytesPerElement / nanosPerElement();
  }

  /** The bandwidth that the step uses, as a share of what copying does. */
  double copyShare() {
    return gigabytesPerSecond() / copyGigabytesPerSecond;
  }
}
