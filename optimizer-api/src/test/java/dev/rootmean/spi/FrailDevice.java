package dev.rootmean.spi;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes down which calls are made; the one that is told to fails. */
final class FrailDevice extends Wrapped<TypedArray> {
  /** Something that takes its time. */
  interface Waiting {
    void here() throws InterruptedException;
  }

  final List<String> calls = new ArrayList<>();
  String failing = "";
  int longest;

  /** Whether memory of the host's can be transferred in its queue. */
  boolean pins;

  boolean wraps;
  boolean hung;
  Waiting inAwait = () -> {};
  Throwable failure =
      new DeviceLostException("frail", "launch", 700, "ILLEGAL_ADDRESS", "it fell off", null);

  FrailDevice() {
    super(new ScalarDevice());
  }

  private void called(String call) {
    calls.add(call);
    if (call.equals(failing)) {
      throw FrailDevice.<RuntimeException>unchecked(failure);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable any) throws T {
    throw (T) any;
  }

  /** Transfers that are done when they are queued. */
  private final class Pinned implements PinnedMemory<TypedArray> {
    private final ByteBuffer memory;

    Pinned(ByteBuffer memory) {
      this.memory = memory;
    }

    @Override
    public void send(TypedArray target, DataType type, long at) {
      called("pinned send");
      FrailDevice.super.send(target, type, at, type.elements(memory));
    }

    @Override
    public void receive(TypedArray source, DataType type, long at) {
      called("pinned receive");
      FrailDevice.super.receive(source, type, at, type.elements(memory));
    }

    @Override
    public void await() {
      called("pinned await");
    }

    @Override
    public void release() {
      called("pinned release");
    }
  }

  @Override
  public Optional<PinnedMemory<TypedArray>> pin(ByteBuffer memory) {
    called("pin");
    return pins ? Optional.of(new Pinned(memory)) : Optional.empty();
  }

  @Override
  public boolean isHung() {
    return hung;
  }

  @Override
  public TypedArray allocate(DataType type, long length) {
    called("allocate");
    return super.allocate(type, length);
  }

  /** Of which nothing is looked at. */
  @Override
  public TypedArray wrap(ForeignMemory memory) {
    called("wrap");
    return wraps ? super.allocate(memory.dataType(), memory.length()) : super.wrap(memory);
  }

  @Override
  public void free(TypedArray memory) {
    called("free");
  }

  @Override
  public void send(TypedArray target, DataType type, long at, Buffer source) {
    called("send");
    longest = Math.max(longest, source.remaining());
    super.send(target, type, at, source);
  }

  @Override
  public void receive(TypedArray source, DataType type, long at, Buffer target) {
    called("receive");
    longest = Math.max(longest, target.remaining());
    super.receive(source, type, at, target);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
    called("launch");
  }

  @Override
  public void await() {
    called("await");
    try {
      inAwait.here();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void release() {
    called("release");
  }
}
