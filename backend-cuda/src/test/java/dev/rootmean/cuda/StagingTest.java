package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.emulator.CudaEmulator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Short transfers pass through two pieces, on a driver that copies as late as it may: a piece that
 * is filled again too early, or emptied too early, has the wrong elements.
 */
@ExtendWith(EmulatedCuda.class)
class StagingTest {
  /** Elements of a piece. */
  private static final int PIECE = Staging.PIECE_BYTES / Float.BYTES;

  private static final RmsProp RULE = NamedRule.NESTEROV.rule();

  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    backend = new CudaProvider().open("");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static float[] ramp(int length, int from) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = from + i;
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1", // elements of a transfer, and how many follow each other
    "1000, 300",
    "65536, 7", // a whole piece
    "65537, 3", // more than one, which the driver copies
    "40000, 9" // two do not fit one
  })
  void whatIsWrittenIsReadHoweverManyPiecesItTakes(int length, int times) {
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, (long) times * length)) {
      for (int i = 0; i < times; i++) {
        float[] source = ramp(length, i);
        buffer.write((long) i * length, source, 0, length);
        Arrays.fill(source, -1); // what write took may change at once
      }
      for (int i = 0; i < times; i++) {
        float[] target = new float[length];
        buffer.read((long) i * length, target, 0, length);
        assertArrayEquals(ramp(length, i), target);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void soIsMemoryOutsideOfTheHeap(String order) {
    int length = PIECE;
    ByteOrder byteOrder = order.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer bytes = ByteBuffer.allocateDirect(4 * (length + 3)).order(byteOrder);
    FloatBuffer direct = bytes.asFloatBuffer();
    direct.put(3, ramp(length, 0));
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, length)) {
      buffer.write(0, direct, 3, length);
      direct.put(3, new float[length]);
      buffer.read(0, direct, 3, length);
      float[] values = new float[length];
      direct.get(3, values);
      assertArrayEquals(ramp(length, 0), values);
      assertEquals(0, direct.get(2));
    }
  }

  /** The host goes on while the device has yet to do what came before, and the copies. */
  @Test
  void writingWaitsForNeitherStepsNorCopies() {
    float[] values = ramp(PIECE, 0);
    try (DeviceBuffer target = backend.allocate(FLOAT32, values.length);
        DeviceBuffer params = backend.allocate(FLOAT32, 1);
        DeviceBuffer grads = backend.allocate(FLOAT32, 1);
        RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 1)) {
      backend.step(RULE, params, grads, state);
      target.write(values);
      target.write(0, values, 0, 1);
      assertEquals(0, CudaEmulator.launches().size(), "steps that are done");
      target.read(values);
      assertEquals(1, CudaEmulator.launches().size());
      assertArrayEquals(ramp(PIECE, 0), values);
    }
  }

  /** An event that has not been recorded would tell too early that a piece is free. */
  @Test
  void aPieceWhoseEventFailsIsNotFilledTooEarly() {
    int length = 3 * PIECE;
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, length)) {
      CudaEmulator.failCall("cuEventRecord", 1, 400);
      assertThrows(BackendException.class, () -> buffer.write(0, ramp(PIECE, 7), 0, PIECE));
      buffer.write(PIECE, ramp(PIECE, 0), 0, PIECE);
      buffer.write(2 * PIECE, ramp(PIECE, 0), 0, PIECE); // in the piece of the first
      float[] first = new float[PIECE];
      buffer.read(0, first, 0, PIECE);
      assertArrayEquals(ramp(PIECE, 7), first);
    }
  }

  /** Where nothing tells of a copy's end, its piece is not filled again. */
  @Test
  void aPieceWhoseStreamFailsTooIsNotFilledTooEarly() {
    int length = 3 * PIECE;
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, length)) {
      CudaEmulator.failCall("cuEventRecord", 1, 400);
      CudaEmulator.failCall("cuStreamSynchronize", 1, 400);
      assertThrows(BackendException.class, () -> buffer.write(0, ramp(PIECE, 7), 0, PIECE));
      buffer.write(PIECE, ramp(PIECE, 0), 0, PIECE);
      buffer.write(2 * PIECE, ramp(PIECE, 0), 0, PIECE); // in the piece of the first
      float[] first = new float[PIECE];
      buffer.read(0, first, 0, PIECE);
      assertArrayEquals(ramp(PIECE, 7), first);
    }
  }

  /** Else it would go on in a piece that is not free, behind as much as the other one holds. */
  @Test
  void whereAPieceIsWaitedForInVainTheOtherOneIsFilledOn() {
    int part = PIECE / 4;
    try (DeviceBuffer buffer = backend.allocate(FLOAT32, 10L * part)) {
      buffer.write(0, ramp(3 * part, 1), 0, 3 * part);
      buffer.write(3L * part, ramp(part, 2), 0, part); // the first piece is full
      buffer.write(4L * part, ramp(3 * part, 3), 0, 3 * part);
      CudaEmulator.failCall("cuEventSynchronize", 1, 400);
      float[] refused = ramp(2 * part, 4);
      assertThrows(BackendException.class, () -> buffer.write(7L * part, refused, 0, 2 * part));
      buffer.write(9L * part, ramp(part, 5), 0, part);
      float[] second = new float[part];
      buffer.read(3L * part, second, 0, part);
      assertArrayEquals(ramp(part, 2), second);
    }
  }
}
