package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/**
 * A step of one tensor, or of several that are launched together.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.Step")
@Label("Step")
@Category("Rootmean")
@Description(
    "A step of one or more tensors, from the call until it returns: on a CPU that is the step; on a"
        + " GPU it is its launch, with the wait for room in the queue, and not the device's work")
@Threshold("1 ms")
public final class StepEvent extends Event {
  @Label("Backend")
  String backend;

  @Label("Kernel")
  @Description("The variant of the step, with the types of what it reads and writes")
  String kernel;

  @Label("Tensors")
  int tensors;

  @Label("Elements")
  long elements;

  @Label("Bytes Moved")
  @Description("The least that the step has to read and write; 0 for rows of a table")
  @DataAmount
  long bytes;

  /** Begins now. */
  StepEvent() {
    begin();
  }

  /** Ends it, and tells it if it was long enough. */
  public void record(String backend, String kernel, int tensors, long elements, long bytes) {
    end();
    if (shouldCommit()) {
      this.backend = backend;
      this.kernel = kernel;
      this.tensors = tensors;
      this.elements = elements;
      this.bytes = bytes;
      commit();
    }
  }
}
