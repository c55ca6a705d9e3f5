package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.HostBuffer;
import dev.rootmean.Precision;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NumberKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Numbers in blocks come and go as floats, in whole blocks, and as their codes and bases. */
public interface BlockBufferContract extends BackendUnderTest {
  /** More blocks than are sent at a time, and a part of one. */
  int BLOCK_LENGTH = 70_003;

  private List<DataType> blocks() {
    return type() == DataType.FLOAT32
        ? List.of(DataType.BLOCK8, DataType.SIGNED_BLOCK8)
        : List.of();
  }

  private static float[] floats(int length, int seed) {
    double[] values = NumberKind.BITS.take(DataType.FLOAT32, length, seed);
    float[] floats = new float[length];
    for (int i = 0; i < length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /**
   * What the reference makes of floats: their codes, their bases, and the numbers that these are.
   */
  private static void assertHolds(DeviceBuffer buffer, float[] given) {
    boolean signed = buffer.dataType() == DataType.SIGNED_BLOCK8;
    double[] values = new double[given.length];
    Arrays.setAll(values, i -> given[i]);
    int[] nearest = new int[given.length];
    Arrays.fill(nearest, ReferenceBlocks.NEAREST);
    int[] bases = new int[(given.length - 1) / ReferenceBlocks.SIZE + 1];
    int[] codes = new int[given.length];
    float[] kept = new float[given.length];
    for (int i = 0; i < given.length; i++) {
      int block = i / ReferenceBlocks.SIZE;
      if (i % ReferenceBlocks.SIZE == 0) {
        int end = Math.min(i + ReferenceBlocks.SIZE, given.length);
        bases[block] = ReferenceBlocks.base(values, nearest, i, end, signed);
      }
      codes[i] = ReferenceBlocks.code(values[i], nearest[i], bases[block], signed);
      kept[i] = (float) ReferenceBlocks.value(codes[i], bases[block], signed);
    }
    assertArrayEquals(bases, KeptBlocks.bases(buffer));
    assertArrayEquals(codes, KeptBlocks.codes(buffer));
    float[] found = new float[given.length];
    buffer.read(found);
    assertArrayEquals(kept, found);
    for (int from = 1; from < given.length; from += 33_001) { // from anywhere, to anywhere
      float[] part = new float[Math.min(3_000, given.length - from)];
      buffer.read(from, FloatBuffer.wrap(part), 0, part.length);
      assertArrayEquals(Arrays.copyOfRange(kept, from, from + part.length), part);
    }
  }

  @Test
  default void floatsAreRoundedToBlocks() {
    for (DataType type : blocks()) {
      try (DeviceBuffer buffer = backend().allocate(type, BLOCK_LENGTH);
          DeviceBuffer copy = backend().allocate(type, BLOCK_LENGTH)) {
        float[] values = floats(BLOCK_LENGTH, 1);
        buffer.write(values);
        assertHolds(buffer, values);
        float[] others = floats(2_048, 2);
        buffer.write(66 * 1_024, FloatBuffer.wrap(others), 0, 2_048);
        System.arraycopy(others, 0, values, 66 * 1_024, 2_048);
        buffer.slice(68 * 1_024, BLOCK_LENGTH - 68 * 1_024).write(floats(371, 3));
        System.arraycopy(floats(371, 3), 0, values, 68 * 1_024, 371);
        assertHolds(buffer, values);
        copy.copyFrom(buffer);
        assertHolds(copy, values);
        copy.slice(1_024, 3_072).copyFrom(buffer.slice(2_048, 3_072));
        copy.slice(5_120, 1_024).zero();
        System.arraycopy(values.clone(), 2_048, values, 1_024, 3_072);
        Arrays.fill(values, 5_120, 6_144, 0);
        assertHolds(copy, values);
        copy.zero();
        assertHolds(copy, new float[BLOCK_LENGTH]);
      }
    }
  }

  @Test
  default void codesAndBasesAreKeptAsTheyAre() {
    for (DataType type : blocks()) {
      try (DeviceBuffer buffer = backend().allocate(type, 5_001);
          HostBuffer host = backend().allocateHost(type, 5_001)) {
        byte[] codes = new byte[5_001];
        new SplittableRandom(7).nextBytes(codes);
        buffer.write(0, ByteBuffer.wrap(codes));
        ByteBuffer bases = ByteBuffer.allocateDirect(20).order(ByteOrder.LITTLE_ENDIAN);
        bases.asIntBuffer().put(new int[] {0, 1, 1_785, 900, 7});
        DeviceBuffer ofBuffer = buffer.bases().orElseThrow();
        assertEquals(DataType.INT32, ofBuffer.dataType());
        assertEquals(5, ofBuffer.length());
        ofBuffer.write(0, bases);
        buffer.write(1_000, ByteBuffer.wrap(codes, 1_000, 77).asReadOnlyBuffer()); // from anywhere
        buffer.read(host);
        ByteBuffer back = ByteBuffer.allocate(5_001);
        back.put(host.bytes());
        assertArrayEquals(codes, back.array());
        assertArrayEquals(new int[] {0, 1, 1_785, 900, 7}, KeptBlocks.bases(buffer));
        int[] ofSlice = KeptBlocks.bases(buffer.slice(2_048, 2_048));
        assertArrayEquals(new int[] {1_785, 900}, ofSlice, "of a slice, its own");
        ofBuffer.close();
        assertArrayEquals(codes, back.array(), "a closed view closes nothing else");
        assertEquals(5, KeptBlocks.bases(buffer).length);
      }
      DeviceBuffer ofClosed;
      try (DeviceBuffer closed = backend().allocate(type, 8)) {
        ofClosed = closed.bases().orElseThrow();
      }
      assertRefused(IllegalStateException.class, "closed", () -> ofClosed.read(new float[1]));
    }
    try (DeviceBuffer floats = backend().allocate(type(), 3)) {
      assertFalse(floats.bases().isPresent());
    }
  }

  @Test
  default void partsOfBlocksAreRefused() {
    for (DataType type : blocks()) {
      try (DeviceBuffer buffer = backend().allocate(type, 3_000)) {
        float[] values = floats(3_000, 5);
        buffer.write(values);
        int[][] parts = {{1, 2_999}, {0, 1_023}, {1_024, 1_025}, {2_048, 951}, {512, 1_024}};
        for (int[] part : parts) {
          String told = "elements " + part[0] + " to " + (part[0] + part[1] - 1);
          assertRefused(IllegalArgumentException.class, told, () -> buffer.slice(part[0], part[1]));
          assertRefused(
              IllegalArgumentException.class,
              told,
              () -> buffer.write(part[0], new float[3_000], 0, part[1]));
        }
        assertRefused(IndexOutOfBoundsException.class, "3000", () -> buffer.slice(2_048, 1_024));
        try (DeviceBuffer addend = backend().allocate(DataType.FLOAT32, 3_000)) {
          assertRefused(IllegalArgumentException.class, type.name(), () -> buffer.add(addend));
          assertRefused(IllegalArgumentException.class, type.name(), () -> addend.add(buffer));
          assertRefused(IllegalArgumentException.class, type.name(), () -> buffer.copyFrom(addend));
        }
        assertRefused(
            IllegalArgumentException.class,
            "bases would lie nowhere",
            () -> backend().wrap(ForeignMemory.host(64, type, 8, this)));
        assertHolds(buffer, values);
      }
    }
  }

  @Test
  default void aStateInBlocksStartsAsTheRuleSays() {
    RmsProp rule = RmsProp.builder().initialSquareAverage(0.3).momentum(0.5).build();
    for (Precision precision : blockPrecisions()) {
      try (RmsPropState state =
          RmsPropState.allocate(backend(), rule, precision, 0, BLOCK_LENGTH)) {
        float[] start = new float[BLOCK_LENGTH];
        Arrays.fill(start, 0.3f);
        assertHolds(state.squareAverage(), start);
        float[] found = new float[BLOCK_LENGTH];
        state.squareAverage().read(found);
        assertEquals(0.3125f, found[BLOCK_LENGTH - 1], "three bits of fraction");
        assertHolds(state.momentum().orElseThrow(), new float[BLOCK_LENGTH]);
        assertRefused(
            IllegalArgumentException.class, "elements 1 to 1024", () -> state.slice(1, 1_024));
      }
    }
  }

  /** Such accumulators would stop decaying, and what has a sign is no square. */
  @Test
  default void blocksToNearestAreRefused() {
    Class<IllegalArgumentException> refusal = IllegalArgumentException.class;
    DataType params = DataType.FLOAT32;
    assertRefused(
        refusal,
        "stop decaying; params FLOAT32, grads FLOAT32, accumulators BLOCK8: expected one of these",
        () -> new Precision(params, params, DataType.BLOCK8, false, Rounding.NEAREST, 0));
    for (DataType type : List.of(DataType.SIGNED_BLOCK8, DataType.INT32)) {
      assertRefused(refusal, type.name(), () -> Precision.FLOAT32.withAccumulators(type));
    }
    assertRefused(
        refusal,
        "remainder",
        () -> Precision.BFLOAT16_WITH_REMAINDER.withAccumulators(DataType.BLOCK8));
  }
}
