package dev.rootmean.opencl;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.ForeignQueue;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.NamedRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The order of steps and of work in another queue of the context, where neither waits for the other
 * on the host. What comes first is held back by an event of the test's, so that only an order that
 * is kept can be right.
 */
class SecondQueueTest {
  private static final int LENGTH = 1000;
  private static final int BYTES = 4 * LENGTH;

  private Framework framework;
  private cl_command_queue second;
  private cl_event gate;

  @BeforeEach
  void start() {
    Pocl.demand();
    framework = new Framework();
    second = framework.queue(0);
    gate = CL.clCreateUserEvent(framework.context, null);
  }

  @AfterEach
  void end() {
    CL.clReleaseEvent(gate);
    CL.clReleaseCommandQueue(second);
    framework.close();
  }

  /** As an adapter is to be written; this one knows both queues as JOCL's objects. */
  private final class Marks implements ForeignQueue {
    @Override
    public void beforeStep(long nativeQueue) {
      assertEquals(framework.queue.getNativePointer(), nativeQueue);
      order(second, framework.queue);
    }

    @Override
    public void afterStep(long nativeQueue) {
      assertEquals(framework.queue.getNativePointer(), nativeQueue);
      order(framework.queue, second);
    }

    private static void order(cl_command_queue first, cl_command_queue then) {
      cl_event mark = new cl_event();
      CL.clEnqueueMarkerWithWaitList(first, 0, null, mark);
      CL.clFlush(first);
      CL.clEnqueueBarrierWithWaitList(then, 1, new cl_event[] {mark}, null);
      CL.clReleaseEvent(mark);
    }
  }

  private Optimizer optimizer(OptimizerBackend backend, DeviceBuffer params, boolean ordered) {
    var builder = Optimizer.builder(backend, NamedRule.PLAIN.rule());
    return (ordered ? builder.orderedWith(new Marks()) : builder).parameter("w", params).build();
  }

  private void hold(cl_command_queue queue) {
    CL.clEnqueueBarrierWithWaitList(queue, 1, new cl_event[] {gate}, null);
  }

  private void release() {
    CL.clSetUserEventStatus(gate, CL.CL_COMPLETE);
  }

  private void copyInSecond(cl_mem source, cl_mem target) {
    CL.clEnqueueCopyBuffer(second, source, target, 0, 0, BYTES, 0, null, null);
    CL.clFlush(second);
  }

  private cl_mem filled(float value) {
    float[] values = new float[LENGTH];
    Arrays.fill(values, value);
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(values);
    return framework.memory(bytes.array());
  }

  private DeviceBuffer wrap(OptimizerBackend backend, cl_mem memory) {
    return backend.wrap(ForeignMemory.openCl(memory, 0, FLOAT32, LENGTH, this));
  }

  /** What one step makes of parameters of 1 and gradients of 2. */
  private byte[] stepped(OptimizerBackend backend) {
    cl_mem memory = filled(1);
    try (DeviceBuffer params = wrap(backend, memory);
        DeviceBuffer grads = wrap(backend, filled(2));
        Optimizer optimizer = optimizer(backend, params, false)) {
      optimizer.gradient("w", grads);
      optimizer.step();
      return framework.read(memory, 0, BYTES);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStepReadsGradientsThatAnotherQueueMakes(boolean ordered) {
    cl_mem p = filled(1);
    cl_mem g = filled(0);
    cl_mem born = filled(2);
    try (OptimizerBackend backend = framework.open();
        DeviceBuffer params = wrap(backend, p);
        DeviceBuffer grads = wrap(backend, g);
        Optimizer optimizer = optimizer(backend, params, ordered)) {
      byte[] expected = stepped(backend);
      optimizer.gradient("w", grads);
      hold(second);
      copyInSecond(born, g);
      optimizer.step();
      if (!ordered) {
        backend.synchronize(); // comes back: nothing waits for the gradient
      }
      release();
      assertEquals(ordered, Arrays.equals(expected, framework.read(p, 0, BYTES)));
      CL.clFinish(second);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnotherQueueDoesAfterAStepSeesIt(boolean ordered) {
    cl_mem p = filled(1);
    cl_mem result = filled(0);
    try (OptimizerBackend backend = framework.open();
        DeviceBuffer params = wrap(backend, p);
        DeviceBuffer grads = wrap(backend, filled(2));
        Optimizer optimizer = optimizer(backend, params, ordered)) {
      byte[] expected = stepped(backend);
      optimizer.gradient("w", grads);
      hold(framework.queue);
      optimizer.step();
      copyInSecond(p, result);
      if (!ordered) {
        CL.clFinish(second); // comes back: it does not wait for the step
      }
      release();
      CL.clFinish(second);
      assertEquals(ordered, Arrays.equals(expected, framework.read(result, 0, BYTES)));
    }
  }
}
