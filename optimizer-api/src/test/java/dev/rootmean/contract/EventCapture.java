package dev.rootmean.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What a flight recording is told of this project's events, however short they are. */
public final class EventCapture implements AutoCloseable {
  /** The events' names, without the package. */
  public static final List<String> NAMES =
      List.of("Step", "Transfer", "Allocation", "KernelBuild", "Skip", "Fallback", "Leak");

  private final Recording recording = new Recording();
  private List<RecordedEvent> events;

  private EventCapture() {}

  /**
   * Records from here on.
   *
   * @return to be asked for events
   */
  public static EventCapture start() {
    EventCapture capture = new EventCapture();
    NAMES.forEach(name -> capture.recording.enable("dev.rootmean." + name).withoutThreshold());
    capture.recording.start();
    return capture;
  }

  /**
   * Ends the recording.
   *
   * @param name the events', without the package
   * @return in their order
   */
  public List<RecordedEvent> events(String name) {
    if (recording.getState() == RecordingState.RUNNING) {
      recording.stop();
      events = read();
    }
    return events.stream().filter(e -> e.getEventType().getName().endsWith("." + name)).toList();
  }

  private List<RecordedEvent> read() {
    try {
      Path file = Files.createTempFile("events-", ".jfr");
      recording.dump(file);
      List<RecordedEvent> read = RecordingFile.readAllEvents(file);
      Files.delete(file);
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    recording.close();
  }
}
