package dev.rootmean.spi;

import dev.rootmean.events.FlightRecording;
import dev.rootmean.events.KernelBuildEvent;
import java.util.function.Supplier;

/**
 * A program of kernels that a driver is to compile, as a flight recording shows it.
 *
 * @param backend the backend's name
 * @param device the device in words
 * @param program what it is called, such as the family of its kernels
 * @since 0.1.0
 */
public record KernelBuild(String backend, String device, String program) {
  /**
   * Builds it, and tells that to whoever records.
   *
   * @param <T> what is made
   * @param text what is compiled, of ASCII characters
   * @param build makes it
   * @return what that gave
   */
  public <T> T of(String text, Supplier<T> build) {
    KernelBuildEvent event = FlightRecording.kernelBuild();
    T built = build.get();
    if (event != null) {
      event.record(backend, device, program, text.length());
    }
    return built;
  }
}
