package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.ForeignMemory;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Elements of 16 bits, two in a word. */
class HalfMemoryTest {
  private static final int LENGTH = 20 * Pages.SIZE + 3 * HalfMemory.BLOCK + 77;

  private static short[] shorts(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    short[] shorts = new short[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      shorts[i] = (short) random.nextInt();
    }
    return shorts;
  }

  private static DeviceBuffer written(OptimizerBackend backend, short[] shorts) {
    DeviceBuffer buffer = backend.allocate(DataType.BFLOAT16, LENGTH);
    buffer.write(0, ShortBuffer.wrap(shorts), 0, LENGTH);
    return buffer;
  }

  private static short[] read(DeviceBuffer buffer) {
    short[] found = new short[LENGTH];
    buffer.read(0, ShortBuffer.wrap(found), 0, LENGTH);
    return found;
  }

  /** From and to anywhere in a block, of a few elements and of several pages. */
  @Test
  void whateverIsCopiedOrClearedLeavesItsNeighbours() {
    SplittableRandom random = new SplittableRandom(3);
    try (OptimizerBackend backend = new CpuDevice(3).backend()) {
      short[] source = shorts(1);
      short[] expected = shorts(2);
      try (DeviceBuffer from = written(backend, source);
          DeviceBuffer to = written(backend, expected)) {
        for (int round = 0; round < 300; round++) {
          int step = round % 3 == 0 ? HalfMemory.BLOCK : round % 3 == 1 ? 1024 : 1;
          int count = 1 + random.nextInt(round % 2 == 0 ? 40 : LENGTH);
          int at = random.nextInt(LENGTH - count + 1) / step * step;
          int target = random.nextInt(LENGTH - count + 1) / step * step;
          if (round % 5 == 0) {
            to.slice(target, count).zero();
            System.arraycopy(new short[count], 0, expected, target, count);
          } else {
            to.slice(target, count).copyFrom(from.slice(at, count));
            System.arraycopy(source, at, expected, target, count);
          }
        }
        assertArrayEquals(expected, read(to));
        assertArrayEquals(source, read(from));
      }
    }
  }

  /** Another library's memory has them one behind the other. */
  @Test
  void whatIsCopiedToMemoryOfOthersIsInOrderThere() {
    ByteBuffer theirs =
        ByteBuffer.allocateDirect(LENGTH * Short.BYTES).order(ByteOrder.nativeOrder());
    long address = ForeignMemory.of(theirs.asFloatBuffer()).address();
    ForeignMemory memory = ForeignMemory.host(address, DataType.BFLOAT16, LENGTH, theirs);
    short[] expected = shorts(5);
    try (OptimizerBackend backend = new CpuDevice(3).backend();
        DeviceBuffer from = written(backend, expected);
        DeviceBuffer to = backend.wrap(memory)) {
      to.copyFrom(from);
      to.slice(3, LENGTH - 9).copyFrom(from.slice(7, LENGTH - 9));
    }
    System.arraycopy(shorts(5), 7, expected, 3, LENGTH - 9);
    short[] found = new short[LENGTH];
    theirs.asShortBuffer().get(found);
    assertArrayEquals(expected, found);
  }

  @Test
  void moreThanJavaCanAddressIsTooMuch() {
    try (OptimizerBackend backend = new CpuDevice(1).backend()) {
      for (DataType type : new DataType[] {DataType.BFLOAT16, DataType.BLOCK8}) {
        String told =
            assertThrows(
                    DeviceOutOfMemoryException.class,
                    () -> backend.allocate(type, Long.MAX_VALUE / 4).close())
                .getMessage();
        assertTrue(told.contains("elements: too much for the Java heap of "), told);
      }
    }
  }

  /** Two threads that wrote to one word would lose what one of them wrote. */
  @Test
  void tensorsThatShareBlocksAreSteppedWhole() {
    assertArrayEquals(stepped(1, 100), stepped(3, 100));
  }

  private static short[] stepped(int threads, int steps) {
    RmsProp rule = RmsProp.builder().learningRate(0.1).build();
    try (OptimizerBackend backend = new CpuDevice(threads).backend();
        DeviceBuffer params = written(backend, new short[LENGTH]);
        DeviceBuffer grads = written(backend, shorts(4));
        RmsPropState state = RmsPropState.allocate(backend, rule, Precision.BFLOAT16, 0, LENGTH)) {
      MultiTensorStep step = backend.multiTensorStep();
      int tensors = 0;
      int length;
      for (int at = 0; at < LENGTH; at += length, tensors++) {
        length = Math.min(LENGTH - at, 350);
        step.add(params.slice(at, length), grads.slice(at, length), state.slice(at, length));
      }
      for (int i = 0; i < steps; i++) {
        state.attempt(i);
        assertEquals(tensors, step.step(rule, 0));
      }
      return read(params);
    }
  }
}
