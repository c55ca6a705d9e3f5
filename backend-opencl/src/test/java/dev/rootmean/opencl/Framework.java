package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.OptimizerBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;

/** A program that uses OpenCL by itself: its context, queue and memory are no backend's. */
final class Framework implements AutoCloseable {
  final FoundDevice device;
  final cl_context context;
  final cl_command_queue queue;
  private final List<cl_mem> memories = new ArrayList<>();

  Framework() {
    device = Pocl.device();
    context = context(device, device.id());
    queue = queue(0);
  }

  static cl_context context(FoundDevice device, cl_device_id id) {
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
    return CL.clCreateContext(properties, 1, new cl_device_id[] {id}, null, null, null);
  }

  cl_command_queue queue(long properties) {
    return queue(context, device.id(), properties);
  }

  @SuppressWarnings("deprecation") // as in the backend
  static cl_command_queue queue(cl_context context, cl_device_id id, long properties) {
    return CL.clCreateCommandQueue(context, id, properties, null);
  }

  OptimizerBackend open() {
    return OpenCl.open(context, device.id(), queue);
  }

  OptimizerBackend open(OpenClDriver driver, boolean wide) {
    return OpenCl.open(driver, found -> wide ? 1 : 0, context, device.id(), queue);
  }

  cl_mem memory(long flags, long bytes) {
    return keep(CL.clCreateBuffer(context, flags, bytes, null, null));
  }

  cl_mem memory(byte[] content) {
    cl_mem memory = memory(CL.CL_MEM_READ_WRITE, content.length);
    write(memory, content);
    return memory;
  }

  /** Has it released at the end. */
  cl_mem keep(cl_mem memory) {
    memories.add(memory);
    return memory;
  }

  void write(cl_mem memory, byte[] content) {
    Pointer source = Pointer.to(content);
    CL.clEnqueueWriteBuffer(queue, memory, true, 0, content.length, source, 0, null, null);
  }

  /** Queues a copy, and does not wait for it. */
  void copy(cl_mem source, cl_mem target, long bytes) {
    CL.clEnqueueCopyBuffer(queue, source, target, 0, 0, bytes, 0, null, null);
  }

  byte[] read(cl_mem memory, int offset, int bytes) {
    byte[] content = new byte[bytes];
    Pointer target = Pointer.to(content);
    CL.clEnqueueReadBuffer(queue, memory, true, offset, bytes, target, 0, null, null);
    return content;
  }

  /** How often the context and the queue were retained, and all memory. */
  List<Integer> references() {
    byte[] count = new byte[Integer.BYTES];
    Pointer value = Pointer.to(count);
    List<Integer> all = new ArrayList<>();
    CL.clGetContextInfo(context, CL.CL_CONTEXT_REFERENCE_COUNT, count.length, value, null);
    all.add(number(count));
    CL.clGetCommandQueueInfo(queue, CL.CL_QUEUE_REFERENCE_COUNT, count.length, value, null);
    all.add(number(count));
    all.addAll(memoryReferences());
    return all;
  }

  List<Integer> memoryReferences() {
    return memories.stream().map(Framework::references).toList();
  }

  /** What was queued may keep references for a while after it is done. */
  void awaitReferences(List<Integer> expected) {
    for (int i = 0; i < 600 && !references().equals(expected); i++) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(i < 10 ? 1 : 50));
    }
    assertEquals(expected, references());
  }

  static int references(cl_mem memory) {
    byte[] count = new byte[Integer.BYTES];
    Pointer value = Pointer.to(count);
    CL.clGetMemObjectInfo(memory, CL.CL_MEM_REFERENCE_COUNT, count.length, value, null);
    return number(count);
  }

  private static int number(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
  }

  void releaseMemory() {
    memories.forEach(CL::clReleaseMemObject);
    memories.clear();
  }

  @Override
  public void close() {
    releaseMemory();
    CL.clReleaseCommandQueue(queue);
    CL.clReleaseContext(context);
  }
}
