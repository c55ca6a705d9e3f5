package dev.rootmean.emulator;

import static dev.rootmean.emulator.CudaEmulator.Option.DEVICES;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_CONTEXT;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_MEMORY_TYPE;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_RANGE_SIZE;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_RANGE_START_ADDR;
import static jcuda.driver.CUpointer_attribute.CU_POINTER_ATTRIBUTE_SYNC_MEMOPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUmemorytype;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** What the driver says of addresses, as a driver of release 580 says it on an H200. */
class PointerTest extends EmulatorTest {
  private static int ask(Pointer value, int attribute, CUdeviceptr address) {
    return JCudaDriver.cuPointerGetAttribute(value, attribute, address);
  }

  private static long number(int attribute, CUdeviceptr address) {
    long[] value = new long[1];
    ok(ask(Pointer.to(value), attribute, address));
    return value[0];
  }

  private static CUcontext owner(CUdeviceptr address) {
    CUcontext owner = new CUcontext();
    ok(ask(Pointer.to(owner), CU_POINTER_ATTRIBUTE_CONTEXT, address));
    return owner;
  }

  @Test
  void everyByteOfAnAllocationKnowsAllOfIt() {
    CUdeviceptr memory = allocate(1000);
    CUdeviceptr last = memory.withByteOffset(999);
    assertEquals(context, owner(last));
    assertEquals(CUmemorytype.CU_MEMORYTYPE_DEVICE, number(CU_POINTER_ATTRIBUTE_MEMORY_TYPE, last));
    assertEquals(0, number(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, last));
    assertEquals(1000, number(CU_POINTER_ATTRIBUTE_RANGE_SIZE, last));
    long start = number(CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, last);
    assertEquals(start, number(CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, memory));
    ok(JCudaDriver.cuMemFree(new CUdeviceptr().withByteOffset(start)));
  }

  @Test
  void whatIsBesideAnAllocationOrWasFreedIsUnknown() {
    CUdeviceptr memory = allocate(1000);
    long[] value = {7};
    Pointer into = Pointer.to(value);
    assertEquals(1, ask(into, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory.withByteOffset(1000)));
    assertEquals(1, ask(into, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory.withByteOffset(-1)));
    ok(JCudaDriver.cuMemFree(memory));
    assertEquals(1, ask(into, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory));
    assertEquals(1, ask(into, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, new CUdeviceptr()));
    assertEquals(7, value[0]);
  }

  @Test
  void pageLockedMemoryIsKnownAsTheHosts() {
    CUdeviceptr pinned = new CUdeviceptr(); // any pointer will do
    ok(JCudaDriver.cuMemAllocHost(pinned, 100));
    CUdeviceptr last = pinned.withByteOffset(99);
    assertEquals(context, owner(last));
    assertEquals(CUmemorytype.CU_MEMORYTYPE_HOST, number(CU_POINTER_ATTRIBUTE_MEMORY_TYPE, last));
    assertEquals(100, number(CU_POINTER_ATTRIBUTE_RANGE_SIZE, last));
    Pointer into = Pointer.to(new long[1]);
    assertEquals(1, ask(into, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, pinned.withByteOffset(100)));
  }

  @Test
  void memoryOfAnyContextIsKnownFromAnyThreadAndContext() {
    restart();
    CudaEmulator.set(DEVICES, 2);
    CUdevice second = new CUdevice();
    ok(JCudaDriver.cuDeviceGet(second, 1));
    CUcontext other = new CUcontext();
    ok(JCudaDriver.cuCtxCreate(other, 0, second));
    CUdeviceptr memory = allocate(4);
    CUcontext popped = new CUcontext();
    ok(JCudaDriver.cuCtxPopCurrent(popped));
    assertEquals(other, popped, "what is created is current");
    assertEquals(1, number(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory));
    assertEquals(other, owner(memory));
    assertNotEquals(context, other);
    ok(JCudaDriver.cuCtxPopCurrent(popped)); // now none is
    assertEquals(other, owner(memory));
    ok(JCudaDriver.cuCtxDestroy(other));
    assertEquals(201, JCudaDriver.cuCtxDestroy(other));
    assertEquals(1, ask(Pointer.to(new long[1]), CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory));
  }

  @Test
  void whatIsNotEmulatedSaysSo() {
    int result = ask(Pointer.to(new long[1]), CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, allocate(4));
    assertEquals(801, result);
  }
}
