package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * Something that was not closed.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Leak")
@Label("Leak")
@Category("Rootmean")
@Description(
    "Something that was dropped, or left open at the close of its backend, without being closed")
@StackTrace(false)
public final class LeakEvent extends Event {
  @Label("What")
  String what;

  @Label("Count")
  int count;

  @Label("Bytes")
  @Description("0 if it is not known, or memory of others")
  @DataAmount
  long bytes;

  @Label("Made At")
  @Description("The line of a program")
  String madeAt;

  /** Of now. */
  LeakEvent() {}

  /** Tells it. */
  public void record(String what, int count, long bytes, String madeAt) {
    if (shouldCommit()) {
      this.what = what;
      this.count = count;
      this.bytes = bytes;
      this.madeAt = madeAt;
      commit();
    }
  }
}
