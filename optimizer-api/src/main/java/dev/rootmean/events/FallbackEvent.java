package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/**
 * A backend that was taken in the place of another.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Fallback")
@Label("Fallback")
@Category("Rootmean")
@Description("A backend that was taken in the place of another")
public final class FallbackEvent extends Event {
  @Label("From")
  @Description("What was lost, or auto")
  String from;

  @Label("To")
  String to;

  @Label("Reason")
  String reason;

  @Label("Lost in Step")
  @Description("-1 if none had begun")
  long lostIn;

  @Label("Goes on From Step")
  @Description("-1 if none had begun")
  long goesOnFrom;

  /** Of now. */
  FallbackEvent() {}

  /** Tells it. */
  public void record(String from, String to, String reason, long lostIn, long goesOnFrom) {
    if (shouldCommit()) {
      this.from = from;
      this.to = to;
      this.reason = reason;
      this.lostIn = lostIn;
      this.goesOnFrom = goesOnFrom;
      commit();
    }
  }
}
