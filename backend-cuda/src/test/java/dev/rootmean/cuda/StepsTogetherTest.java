package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.Launch;
import dev.rootmean.kernels.ShippedPtx;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tensors that are stepped together are one launch, whose table is sent when it has changed. */
@ExtendWith(EmulatedCuda.class)
class StepsTogetherTest {
  static final RmsProp RULE = NamedRule.MOMENTUM_CENTERED.rule();

  /** As many gradients as one after the other are each tensor's: no divisor of a round's tables. */
  private static final int SETS = 5;

  /** The elements of each tensor of a ResNet-50, a thousandth of them. */
  private static List<Integer> resNet50() {
    List<Integer> elements = new ArrayList<>(List.of(3 * 64 * 49, 64, 64));
    int[] blocks = {3, 4, 6, 3};
    int in = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = 64 << stage;
      for (int block = 0; block < blocks[stage]; block++) {
        elements.addAll(List.of(in * width, width, width, 9 * width * width, width, width));
        elements.addAll(List.of(width * 4 * width, 4 * width, 4 * width));
        if (block == 0) {
          elements.addAll(List.of(in * 4 * width, 4 * width, 4 * width));
        }
        in = 4 * width;
      }
    }
    elements.addAll(List.of(in * 1000, 1000));
    return elements.stream().map(count -> count / 1000 + 1).toList();
  }

  private static OptimizerBackend open() {
    return new CudaProvider().open("");
  }

  private static Map<String, Long> calls(long launches, long uploads) {
    Map<String, Long> calls = new TreeMap<>();
    calls.put("cuCtxPushCurrent", launches);
    calls.put("cuCtxPopCurrent", launches);
    calls.put("cuLaunchKernel", launches);
    if (uploads > 0) {
      calls.put("cuMemcpyHtoDAsync", uploads);
    }
    return calls;
  }

  @Test
  void aGroupIsOneLaunchAndSendsItsTableWhenThatHasChanged() {
    List<Integer> tensors = resNet50();
    assertEquals(161, tensors.size());
    List<DeviceBuffer> buffers = new ArrayList<>();
    try (OptimizerBackend backend = open()) {
      OptimizerBuilder builder = Optimizer.builder(backend, RULE);
      for (int i = 0; i < tensors.size(); i++) {
        if (i == 100) {
          builder.group("other", rule -> rule.learningRate(0.5));
        }
        DeviceBuffer params = backend.allocate(FLOAT32, tensors.get(i));
        buffers.add(params);
        builder.parameter("tensor " + i, params);
      }
      try (Optimizer optimizer = builder.build()) {
        List<DeviceBuffer> grads = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
          grads.add(backend.allocate(FLOAT32, tensors.get(i)));
          optimizer.gradient("tensor " + i, grads.get(i));
        }
        buffers.addAll(grads);
        optimizer.step(); // compiles, tries, and sends both tables
        assertEquals(calls(2, 0), DriverCalls.during(optimizer::step));
        DeviceBuffer moved = backend.allocate(FLOAT32, tensors.get(7));
        buffers.add(moved);
        for (DeviceBuffer gradient : List.of(moved, grads.get(7))) {
          optimizer.gradient("tensor 7", gradient);
          assertEquals(calls(2, 1), DriverCalls.during(optimizer::step));
          assertEquals(calls(2, 0), DriverCalls.during(optimizer::step));
        }
        backend.synchronize();
        List<Launch> launches = CudaEmulator.launches();
        String kernel = launches.get(launches.size() - 1).kernel();
        assertTrue(kernel.endsWith("_many"), kernel);
      }
      buffers.forEach(DeviceBuffer::close);
    }
  }

  /** Nothing has run when the memory of tables is full, and filled anew. */
  @Test
  void aTableStaysUntilItHasBeenRead() {
    int steps = 150; // of three parts of the memory each, which has some 400
    try (OptimizerBackend backend = open();
        NeighbouringTensors moving = new NeighbouringTensors(backend, resNet50(), SETS);
        NeighbouringTensors still = new NeighbouringTensors(backend, List.of(5, 300), 1)) {
      moving.step(0);
      still.step(0);
      backend.synchronize();
      Map<String, Long> calls =
          DriverCalls.during(
              () -> {
                for (int i = 1; i <= steps; i++) {
                  moving.step(i % SETS);
                  still.step(0);
                }
              });
      for (int i = 0; i <= steps; i++) {
        moving.reference(i % SETS);
        still.reference(0);
      }
      moving.check();
      still.check();
      assertEquals(2L, calls.get("cuStreamSynchronize"), "all is full; 256 launches wait");
      assertEquals(steps + 1L, calls.get("cuMemcpyHtoDAsync"), "what has moved, or has gone");
    }
  }

  /** So does another list's after that of many lists that are gone. */
  @Test
  void moreListsThanTablesTakeTurns() {
    try (OptimizerBackend backend = open()) {
      List<NeighbouringTensors> lists = new ArrayList<>();
      for (int i = 0; i < 70; i++) {
        lists.add(new NeighbouringTensors(backend, List.of(3 + i, 8), 1));
      }
      for (int round = 0; round < 2; round++) {
        for (NeighbouringTensors tensors : lists) {
          tensors.step(0);
          tensors.reference(0);
        }
      }
      lists.forEach(NeighbouringTensors::check);
      lists.forEach(NeighbouringTensors::close);
      assertEquals(TableMemory.BYTES, CudaEmulator.live().bytes(), "that of tables alone");
    }
  }

  /** A view of a framework's can begin anywhere: each tensor by itself has vectors or has none. */
  @Test
  void wrappedTensorsMoveVectorsWhereTheyBeginOnOne() {
    int length = 103;
    int vectors = length / 4;
    List<Integer> starts =
        List.of(16, 432 + 4, 864 + 8, 1296); // those between are at 4 and 8 mod 16
    try (FrameworkMemory memory = new FrameworkMemory(0, 2048);
        OptimizerBackend backend = open();
        NeighbouringTensors own =
            new NeighbouringTensors(backend, List.of(length, length, length, length), 1)) {
      MultiTensorStep step = backend.multiTensorStep();
      List<AutoCloseable> taken = new ArrayList<>();
      List<DeviceBuffer> wrapped = new ArrayList<>();
      for (int i = 0; i < starts.size(); i++) {
        DeviceBuffer params = backend.wrap(memory.describe(FLOAT32, starts.get(i), length));
        params.copyFrom(own.params.slice((long) i * length, length));
        DeviceBuffer grads = backend.allocate(FLOAT32, length);
        grads.copyFrom(own.grads.get(0).slice((long) i * length, length));
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, length);
        step.add(params, grads, state);
        wrapped.add(params);
        taken.addAll(List.of(params, grads, state));
      }
      own.step(0);
      own.reference(0);
      own.check();
      assertEquals(4, step.step(RULE, 0));
      backend.synchronize();
      Launch launch = CudaEmulator.launches().get(CudaEmulator.launches().size() - 1);
      int moves = 2 * 5 - 1;
      assertEquals(2L * vectors * moves, launch.accesses16(), "vectors of two tensors");
      assertEquals((2L * (length - 4 * vectors) + 2L * length) * moves, launch.accesses4());
      ByteBuffer all = memory.read();
      for (int i = 0; i < starts.size(); i++) {
        double[] expected = new double[length];
        System.arraycopy(own.p, i * length, expected, 0, length);
        Bits.assertHolds("tensor " + i, wrapped.get(i), expected);
      }
      for (int at = 0; at < all.capacity(); at++) {
        int place = at;
        if (starts.stream().noneMatch(s -> place >= s && place < s + length * 4)) {
          assertEquals(FrameworkMemory.FILL, all.get(at), "byte " + at);
        }
      }
      taken.forEach(StepsTogetherTest::close);
    }
  }

  private static void close(AutoCloseable each) {
    try {
      each.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Not even when the gradients are in turn here and there. */
  @Test
  void stepsAllocateNothingOnTheJavaHeap() {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (OptimizerBackend backend = open();
        NeighbouringTensors tensors = new NeighbouringTensors(backend, List.of(3, 50, 4, 9), 2)) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 300; j++) { // all places of the memory of tables
          tensors.step(j % 2);
        }
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int j = 0; j < 100; j++) {
          tensors.step(j % 2);
        }
        least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
      }
      assertEquals(0, least, "bytes in 100 steps");
    }
  }

  @Test
  void kernelsOfManyWithOtherBitsAreRefused() {
    new CudaProvider().probe();
    FoundDevice found = FoundDevice.find().get(0);
    CudaDevice device =
        new CudaDevice(
            found,
            program ->
                program.equals("float32_many")
                    ? ShippedPtx.text(program).replace("div.rn.f32", "mul.rn.f32")
                    : ShippedPtx.text(program));
    try (OptimizerBackend backend = device.backend(true);
        NeighbouringTensors tensors = new NeighbouringTensors(backend, List.of(3, 50), 1)) {
      for (int i = 0; i < 2; i++) {
        BackendException e = assertThrows(BackendException.class, () -> tensors.step(0));
        assertTrue(e.getMessage().contains("of several tensors gives other bits"), e.getMessage());
      }
      tensors.check();
    }
  }
}
