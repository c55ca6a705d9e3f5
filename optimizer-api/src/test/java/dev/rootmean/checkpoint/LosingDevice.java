package dev.rootmean.checkpoint;

import dev.rootmean.DataType;
import dev.rootmean.DeviceLostException;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;

/** A device that is lost in one of its calls. */
final class LosingDevice extends Wrapped<TypedArray> {
  private final int last;
  int calls;
  boolean released;

  LosingDevice(int last) {
    super(new ScalarDevice());
    this.last = last;
  }

  private void call(String operation) {
    if (++calls >= last) {
      throw new DeviceLostException("scalar", operation, 0, "", "lost", null);
    }
  }

  @Override
  public TypedArray allocate(DataType type, long length) {
    call("allocate");
    return super.allocate(type, length);
  }

  @Override
  public void send(TypedArray target, DataType type, long at, Buffer source) {
    call("send");
    super.send(target, type, at, source);
  }

  @Override
  public void receive(TypedArray source, DataType type, long at, Buffer target) {
    call("receive");
    super.receive(source, type, at, target);
  }

  @Override
  public void copy(
      TypedArray source, long from, TypedArray target, long to, DataType type, long length) {
    call("copy");
    super.copy(source, from, target, to, type, length);
  }

  @Override
  public void zero(TypedArray memory, DataType type, long at, long length) {
    call("zero");
    super.zero(memory, type, at, length);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
    call("launch");
    super.launch(kernel, numbers, rows);
  }

  @Override
  public void await() {
    call("await");
    super.await();
  }

  @Override
  public void release() {
    released = true;
    super.release();
  }
}
