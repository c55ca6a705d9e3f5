package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/**
 * Memory that a backend took.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Allocation")
@Label("Allocation")
@Category("Rootmean")
@Description("Memory that a backend took, filled with zeros")
@Threshold("100 us")
public final class AllocationEvent extends Event {
  @Label("Backend")
  String backend;

  @Label("Memory")
  @Description("Of the device, or of the host for transfers: page-locked where the device can")
  String memory;

  @Label("Bytes")
  @DataAmount
  long bytes;

  /** Begins now. */
  AllocationEvent() {
    begin();
  }

  /** Ends it, and tells it if it was long enough. */
  public void record(String backend, String memory, long bytes) {
    end();
    if (shouldCommit()) {
      this.backend = backend;
      this.memory = memory;
      this.bytes = bytes;
      commit();
    }
  }
}
