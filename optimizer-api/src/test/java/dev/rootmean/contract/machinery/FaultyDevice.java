package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A device of which one call fails. It knows what memory it has given, and outlives its backends:
 * another one may go around the same device.
 *
 * @param <M> the device's handle of an allocation
 */
public final class FaultyDevice<M> extends Wrapped<M> {
  /** Kinds of calls. */
  public enum Call {
    /** Memory is taken. */
    ALLOCATE,
    /** Memory is given back. */
    FREE,
    /** From the host. */
    SEND,
    /** To the host. */
    RECEIVE,
    /** From buffer to buffer. */
    COPY,
    /** Zeros. */
    ZERO,
    /** A kernel, once or for several launches together. */
    LAUNCH,
    /** Until the queue is empty. */
    AWAIT
  }

  /** Ways to fail. */
  public enum Fault {
    /** Nothing was done, for want of the device's memory. */
    OUT_OF_MEMORY,
    /** Nothing was done. */
    REFUSED,
    /** It was done; of a launch, nothing. */
    REFUSED_LATE,
    /** Nothing was done, as the Java heap is full. */
    FULL_HEAP,
    /** The device is lost, and nothing was done. */
    LOST,
    /** The device is lost when it was done. */
    LOST_LATE;

    /** Whether nothing more can be done on the device. */
    public boolean isLoss() {
      return this == LOST || this == LOST_LATE;
    }

    /** Whether it was done nevertheless. Memory that is freed counts as such in any case. */
    private boolean isDone(Call call) {
      return call == Call.FREE
          || (this == LOST_LATE && call != Call.ALLOCATE)
          || (this == REFUSED_LATE && call != Call.ALLOCATE && call != Call.LAUNCH);
    }

    private void thrown(Call call) {
      String operation = call.toString();
      switch (this) {
        case OUT_OF_MEMORY ->
            throw new DeviceOutOfMemoryException("faulty", operation, 2, "TWO", "planted", null);
        case REFUSED, REFUSED_LATE ->
            throw new BackendException("faulty", operation, 3, "THREE", "planted", null);
        case FULL_HEAP -> throw new OutOfMemoryError("planted in " + operation);
        case LOST, LOST_LATE ->
            throw new DeviceLostException("faulty", operation, 4, "FOUR", "planted", null);
      }
    }
  }

  private final List<Call> calls = new ArrayList<>();
  private final Set<M> held = new HashSet<>();
  private int released;
  private int failing;
  private Fault fault;

  /**
   * Goes around a device, and has it fail nothing at first.
   *
   * @param device does the work
   */
  public FaultyDevice(Device<M> device) {
    super(device);
  }

  /**
   * Begins to count anew.
   *
   * @param nth which of the calls to come fails, from 1; 0 for none
   * @param how in which way
   */
  public void fail(int nth, Fault how) {
    calls.clear();
    released = 0;
    failing = nth;
    fault = how;
  }

  /**
   * The calls since then.
   *
   * @return their kinds, in their order
   */
  public List<Call> calls() {
    return calls;
  }

  /** Fails if memory was not given back, or a backend not closed. */
  public void assertNothingIsLeft() {
    assertTrue(held.isEmpty(), () -> held.size() + " allocations are left");
  }

  /** How often a backend has given the device back since it began to count. */
  public int released() {
    return released;
  }

  private void call(Call call, Runnable work) {
    call(
        call,
        () -> {
          work.run();
          return null;
        });
  }

  private <T> T call(Call call, Supplier<T> work) {
    calls.add(call);
    boolean fails = calls.size() == failing;
    if (fails && !fault.isDone(call)) {
      fault.thrown(call);
    }
    T result = work.get();
    if (fails) {
      fault.thrown(call);
    }
    return result;
  }

  @Override
  public M allocate(DataType type, long length) {
    M memory = call(Call.ALLOCATE, () -> super.allocate(type, length));
    assertTrue(held.add(memory));
    return memory;
  }

  @Override
  public void free(M memory) {
    assertTrue(held.remove(memory), "freed twice, or never allocated");
    call(Call.FREE, () -> super.free(memory));
  }

  @Override
  public void send(M target, DataType type, long at, Buffer source) {
    call(Call.SEND, () -> super.send(target, type, at, source));
  }

  @Override
  public void receive(M source, DataType type, long at, Buffer target) {
    call(Call.RECEIVE, () -> super.receive(source, type, at, target));
  }

  @Override
  public void copy(M source, long from, M target, long to, DataType type, long length) {
    call(Call.COPY, () -> super.copy(source, from, target, to, type, length));
  }

  @Override
  public void zero(M memory, DataType type, long at, long length) {
    call(Call.ZERO, () -> super.zero(memory, type, at, length));
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<M> rows) {
    call(Call.LAUNCH, () -> super.launch(kernel, numbers, rows));
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, List<Rows<M>> rows) {
    call(Call.LAUNCH, () -> super.launch(kernel, numbers, rows));
  }

  @Override
  public void await() {
    call(Call.AWAIT, super::await);
  }

  @Override
  public void release() {
    assertFalse(released > 0, "released twice");
    released++;
  }

  /** Gives the device itself back. */
  public void end() {
    super.release();
  }
}
