package dev.rootmean.contract;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.spi.Device;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.nio.Buffer;
import java.util.List;

/**
 * A device around another one, which does all that is asked of it. A test overrides what is to be
 * different: to fail, to count, to come late.
 *
 * @param <M> the device's handle of an allocation
 */
public class Wrapped<M> implements Device<M> {
  private final Device<M> device;

  /**
   * Goes around a device.
   *
   * @param device does the work
   */
  public Wrapped(Device<M> device) {
    this.device = device;
  }

  @Override
  public M allocate(DataType type, long length) {
    return device.allocate(type, length);
  }

  @Override
  public M wrap(ForeignMemory memory) {
    return device.wrap(memory);
  }

  @Override
  public void free(M memory) {
    device.free(memory);
  }

  @Override
  public void send(M target, DataType type, long at, Buffer source) {
    device.send(target, type, at, source);
  }

  @Override
  public void receive(M source, DataType type, long at, Buffer target) {
    device.receive(source, type, at, target);
  }

  @Override
  public void copy(M source, long from, M target, long to, DataType type, long length) {
    device.copy(source, from, target, to, type, length);
  }

  @Override
  public void zero(M memory, DataType type, long at, long length) {
    device.zero(memory, type, at, length);
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, Rows<M> rows) {
    device.launch(kernel, numbers, rows);
  }

  @Override
  public int mostLaunches() {
    return device.mostLaunches();
  }

  @Override
  public void launch(Kernel kernel, Numbers numbers, List<Rows<M>> rows) {
    device.launch(kernel, numbers, rows);
  }

  @Override
  public long nativeQueue() {
    return device.nativeQueue();
  }

  @Override
  public void await() {
    device.await();
  }

  @Override
  public boolean isHung() {
    return device.isHung();
  }

  @Override
  public void release() {
    device.release();
  }
}
