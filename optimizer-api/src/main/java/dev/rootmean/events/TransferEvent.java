package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/**
 * A copy between the host and a device.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Transfer")
@Label("Transfer")
@Category("Rootmean")
@Description(
    "A copy between the host and a device, until the call returns: from and to page-locked memory"
        + " it goes on after that")
@Threshold("1 ms")
public final class TransferEvent extends Event {
  /** A direction. */
  public static final String TO_DEVICE = "to device";

  /** The other direction. */
  public static final String TO_HOST = "to host";

  @Label("Backend")
  String backend;

  @Label("Direction")
  @Description("To the device or to the host")
  String direction;

  @Label("Memory of the Host")
  @Description("Page-locked or pageable")
  String memory;

  @Label("Bytes")
  @DataAmount
  long bytes;

  /** Begins now. */
  TransferEvent() {
    begin();
  }

  /** Ends it, and tells it if it was long enough. */
  public void record(String backend, String direction, String memory, long bytes) {
    end();
    if (shouldCommit()) {
      this.backend = backend;
      this.direction = direction;
      this.memory = memory;
      this.bytes = bytes;
      commit();
    }
  }
}
