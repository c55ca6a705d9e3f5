package dev.rootmean.contract;

import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.contract.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.contract.Trial.Layout;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** An allocation, a slice or a transfer that cannot be is refused, and changes nothing. */
interface BufferMisuseContract extends BackendUnderTest {
  int LENGTH = 100;

  @Test
  default void lengthsBelowOne() {
    for (long length : new long[] {0, -1, Long.MIN_VALUE}) {
      assertRefused(
          IllegalArgumentException.class,
          "" + length,
          () -> backend().allocate(FLOAT32, length).close());
    }
  }

  @Test
  default void nullsInTransfers() {
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      Class<NullPointerException> type = NullPointerException.class;
      assertRefused(type, "type", () -> backend().allocate(null, 1).close());
      assertRefused(type, "source", () -> part.write((float[]) null));
      assertRefused(type, "source", () -> part.write(0, null, 0, 0));
      assertRefused(type, "", () -> part.write(0, (ByteBuffer) null));
      assertRefused(type, "target", () -> part.read((float[]) null));
      assertRefused(type, "target", () -> part.read(0, null, 0, 0));
      assertRefused(type, "", () -> part.read(0, (ByteBuffer) null));
      trial.check();
    }
  }

  @Test
  default void slicesOutOfRange() {
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      long[][] ranges = {
        {-1, 5},
        {0, LENGTH + 1},
        {LENGTH, 1},
        {5, -1},
        {5, 0},
        {1, LENGTH},
        {-5, 5},
        {Long.MAX_VALUE, 1},
        {1, Long.MAX_VALUE},
        {Long.MIN_VALUE, 1},
        {Long.MAX_VALUE, Long.MAX_VALUE}
      };
      for (long[] range : ranges) {
        assertRefused(IndexOutOfBoundsException.class, "", () -> part.slice(range[0], range[1]));
        assertRefused(
            IndexOutOfBoundsException.class, "", () -> trial.state().slice(range[0], range[1]));
      }
      trial.check();
    }
  }

  @Test
  default void transfersOutOfRange() {
    float[] values = Numbers.HUGE.take(LENGTH + 1, 1);
    float[] target = values.clone();
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      long[][] ranges = { // offset, array offset, count
        {-1, 0, 5},
        {0, -1, 5},
        {0, 0, -1},
        {0, 0, LENGTH + 1},
        {1, 0, LENGTH},
        {0, 2, LENGTH},
        {LENGTH + 1, 0, 0},
        {0, LENGTH + 2, 0},
        {Long.MAX_VALUE, 0, 1},
        {Long.MIN_VALUE, 0, 1},
        {0, Integer.MAX_VALUE, 1},
        {0, 1, Integer.MAX_VALUE}
      };
      for (long[] range : ranges) {
        int arrayOffset = (int) range[1];
        int count = (int) range[2];
        assertRefused(
            IndexOutOfBoundsException.class,
            "",
            () -> part.write(range[0], values, arrayOffset, count));
        assertRefused(
            IndexOutOfBoundsException.class,
            "",
            () -> part.read(range[0], target, arrayOffset, count));
      }
      for (int wrong : new int[] {0, 1, LENGTH - 1, LENGTH + 1}) {
        assertRefused(
            IllegalArgumentException.class, "" + wrong, () -> part.write(new float[wrong]));
        assertRefused(
            IllegalArgumentException.class, "" + wrong, () -> part.read(new float[wrong]));
      }
      Bits.assertSame("the target", values, target);
      trial.check();
    }
  }

  @Test
  default void bytesThatDoNotFit() {
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      for (int bytes : new int[] {1, 3, 6, 4 * LENGTH - 1}) {
        untouched(bytes, IllegalArgumentException.class, b -> part.write(0, b));
        untouched(bytes, IllegalArgumentException.class, b -> part.read(0, b));
      }
      untouched(4 * LENGTH + 4, IndexOutOfBoundsException.class, b -> part.write(0, b));
      untouched(4 * LENGTH + 4, IndexOutOfBoundsException.class, b -> part.read(0, b));
      untouched(8, IndexOutOfBoundsException.class, b -> part.write(LENGTH - 1, b));
      untouched(8, IndexOutOfBoundsException.class, b -> part.read(LENGTH - 1, b));
      untouched(4, IndexOutOfBoundsException.class, b -> part.write(-1, b));
      untouched(4, IndexOutOfBoundsException.class, b -> part.read(Long.MAX_VALUE, b));
      trial.check();
    }
  }

  private static void untouched(
      int size, Class<? extends Exception> type, Consumer<ByteBuffer> call) {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    assertRefused(type, "", () -> call.accept(bytes));
    assertEquals(ByteBuffer.allocate(size), bytes, "neither the position nor the bytes change");
  }

  /** Its parameters are a slice, with memory on both sides. */
  private Trial trial() {
    return new Trial(backend(), NamedRule.MOMENTUM_CENTERED, LENGTH, Layout.at(9, 8, 7));
  }
}
