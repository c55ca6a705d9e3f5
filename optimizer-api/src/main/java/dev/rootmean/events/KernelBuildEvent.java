package dev.rootmean.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/**
 * A program of kernels that a driver compiled.
 *
 * @since 0.1.0
 */
@Name("dev.rootmean.KernelBuild")
@Label("Kernel Build")
@Category("Rootmean")
@Description("A program of kernels that a driver compiled, or took from its cache")
public final class KernelBuildEvent extends Event {
  @Label("Backend")
  String backend;

  @Label("Device")
  String device;

  @Label("Program")
  @Description("The family of kernels")
  String program;

  @Label("Bytes of Text")
  @DataAmount
  long bytes;

  /** Begins now. */
  KernelBuildEvent() {
    begin();
  }

  /** Ends it, and tells it. */
  public void record(String backend, String device, String program, long bytes) {
    end();
    if (shouldCommit()) {
      this.backend = backend;
      this.device = device;
      this.program = program;
      this.bytes = bytes;
      commit();
    }
  }
}
