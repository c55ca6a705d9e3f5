package dev.rootmean.spi;

import dev.rootmean.Coefficients;
import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Writes down which hooks are called; the one that is told to fails. */
final class FrailDevice extends ScalarDevice {
  /** Something that takes its time. */
  interface Waiting {
    void here() throws InterruptedException;
  }

  final List<String> calls = new ArrayList<>();
  String failing = "";
  int longest;
  Waiting inAwait = () -> {};
  Throwable failure =
      new DeviceLostException("frail", "launch", 700, "ILLEGAL_ADDRESS", "it fell off", null);

  private void called(String hook) {
    calls.add(hook);
    if (hook.equals(failing)) {
      throw FrailDevice.<RuntimeException>unchecked(failure);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable any) throws T {
    throw (T) any;
  }

  @Override
  public TypedArray allocateMemory(DataType type, long length) {
    called("allocate");
    return super.allocateMemory(type, length);
  }

  @Override
  public void free(TypedArray memory) {
    called("free");
  }

  @Override
  public void copyToDevice(MemoryRange<TypedArray> target, long offset, Buffer source) {
    called("write");
    longest = Math.max(longest, source.remaining());
    super.copyToDevice(target, offset, source);
  }

  @Override
  public void copyFromDevice(MemoryRange<TypedArray> source, long offset, Buffer target) {
    called("read");
    longest = Math.max(longest, target.remaining());
    super.copyFromDevice(source, offset, target);
  }

  @Override
  public void queueStep(
      Coefficients k,
      MemoryRange<TypedArray> params,
      MemoryRange<TypedArray> grads,
      MemoryRange<TypedArray> squareAverage,
      MemoryRange<TypedArray> momentum,
      MemoryRange<TypedArray> gradientAverage,
      MemoryRange<TypedArray> decision) {
    called("step");
  }

  @Override
  public void awaitQueue() {
    called("await");
    try {
      inAwait.here();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void releaseDevice() {
    called("release");
  }
}
