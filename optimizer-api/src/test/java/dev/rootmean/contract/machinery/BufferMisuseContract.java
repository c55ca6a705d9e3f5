package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** An allocation, a slice or a transfer that cannot be is refused, and changes nothing. */
public interface BufferMisuseContract extends BackendUnderTest {
  int LENGTH = 100;

  @Test
  default void lengthsBelowOne() {
    for (long length : new long[] {0, -1, Long.MIN_VALUE}) {
      assertRefused(
          IllegalArgumentException.class,
          "" + length,
          () -> backend().allocate(type(), length).close());
    }
  }

  @Test
  default void nullsInTransfers() {
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      Class<NullPointerException> type = NullPointerException.class;
      assertRefused(type, "type", () -> backend().allocate(null, 1).close());
      assertRefused(type, "source", () -> part.write((float[]) null));
      assertRefused(type, "source", () -> part.write((double[]) null));
      assertRefused(type, "source", () -> part.write(0, (float[]) null, 0, 0));
      assertRefused(type, "source", () -> part.write(0, (double[]) null, 0, 0));
      assertRefused(type, "source", () -> part.write(0, (FloatBuffer) null, 0, 0));
      assertRefused(type, "source", () -> part.write(0, (DoubleBuffer) null, 0, 0));
      assertRefused(type, "source", () -> part.write(0, (ByteBuffer) null));
      assertRefused(type, "source", () -> part.copyFrom(null));
      assertRefused(type, "addend", () -> part.add(null));
      assertRefused(type, "target", () -> part.read((float[]) null));
      assertRefused(type, "target", () -> part.read((double[]) null));
      assertRefused(type, "target", () -> part.read(0, (float[]) null, 0, 0));
      assertRefused(type, "target", () -> part.read(0, (double[]) null, 0, 0));
      assertRefused(type, "target", () -> part.read(0, (FloatBuffer) null, 0, 0));
      assertRefused(type, "target", () -> part.read(0, (DoubleBuffer) null, 0, 0));
      assertRefused(type, "target", () -> part.read(0, (ByteBuffer) null));
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
    double[] values = NumberKind.HUGE.take(type(), LENGTH + 1, 1);
    double[] target = values.clone();
    List<Buffer> hostBuffers = HostBuffers.ofAllKinds(type(), LENGTH + 1);
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
            () -> Elements.write(part, range[0], values, arrayOffset, count));
        assertRefused(
            IndexOutOfBoundsException.class,
            "",
            () -> Elements.read(part, range[0], target, arrayOffset, count));
        for (Buffer host : hostBuffers) {
          HostBuffers.put(host, values);
          assertRefused(
              IndexOutOfBoundsException.class,
              "",
              () -> HostBuffers.write(part, range[0], host, arrayOffset, count));
          assertRefused(
              IndexOutOfBoundsException.class,
              "",
              () -> HostBuffers.read(part, range[0], host, arrayOffset, count));
          Bits.assertSame("the target", values, HostBuffers.values(host));
        }
      }
      for (int wrong : new int[] {0, 1, LENGTH - 1, LENGTH + 1}) {
        assertRefused(
            IllegalArgumentException.class,
            "" + wrong,
            () -> Elements.write(part, new double[wrong]));
        assertRefused(
            IllegalArgumentException.class,
            "" + wrong,
            () -> Elements.read(part, new double[wrong]));
      }
      Bits.assertSame("the target", values, target);
      trial.check();
    }
  }

  @Test
  default void elementsOfAnotherType() {
    float[] floats = new float[LENGTH];
    double[] doubles = new double[LENGTH];
    boolean isFloat = type() == DataType.FLOAT32;
    Buffer host = isFloat ? DoubleBuffer.wrap(doubles) : FloatBuffer.wrap(floats);
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      for (Executable transfer :
          new Executable[] {
            () -> wrongly(isFloat, () -> part.write(doubles), () -> part.write(floats)),
            () -> wrongly(isFloat, () -> part.read(doubles), () -> part.read(floats)),
            () ->
                wrongly(
                    isFloat, () -> part.write(0, doubles, 0, 1), () -> part.write(0, floats, 0, 1)),
            () ->
                wrongly(
                    isFloat, () -> part.read(0, doubles, 0, 1), () -> part.read(0, floats, 0, 1)),
            () -> HostBuffers.write(part, 0, host, 0, 1),
            () -> HostBuffers.read(part, 0, host, 0, 1)
          }) {
        assertRefused(IllegalArgumentException.class, type().name(), transfer);
      }
      trial.check();
    }
  }

  private static void wrongly(boolean isFloat, Executable forFloats, Executable forDoubles)
      throws Throwable {
    (isFloat ? forFloats : forDoubles).execute();
  }

  @Test
  default void bytesThatDoNotFit() {
    int size = type().bytes();
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      for (int bytes : new int[] {1, 3, size + 2, size * LENGTH - 1}) {
        untouched(bytes, IllegalArgumentException.class, b -> part.write(0, b));
        untouched(bytes, IllegalArgumentException.class, b -> part.read(0, b));
      }
      untouched(size * (LENGTH + 1), IndexOutOfBoundsException.class, b -> part.write(0, b));
      untouched(size * (LENGTH + 1), IndexOutOfBoundsException.class, b -> part.read(0, b));
      untouched(2 * size, IndexOutOfBoundsException.class, b -> part.write(LENGTH - 1, b));
      untouched(2 * size, IndexOutOfBoundsException.class, b -> part.read(LENGTH - 1, b));
      untouched(size, IndexOutOfBoundsException.class, b -> part.write(-1, b));
      untouched(size, IndexOutOfBoundsException.class, b -> part.read(Long.MAX_VALUE, b));
      trial.check();
    }
  }

  /** In native order and in the foreign one, direct and not. */
  @Test
  default void readOnlyTargets() {
    try (Trial trial = trial()) {
      DeviceBuffer part = trial.params().part();
      for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
        for (ByteBuffer bytes :
            new ByteBuffer[] {
              ByteBuffer.allocate(type().bytes()), ByteBuffer.allocateDirect(type().bytes())
            }) {
          ByteBuffer target = bytes.asReadOnlyBuffer().order(order);
          assertRefused(IllegalArgumentException.class, "read-only", () -> part.read(0, target));
          assertEquals(0, target.position());
        }
      }
      for (Buffer host : HostBuffers.ofAllKinds(type(), 1)) {
        Buffer target = HostBuffers.readOnly(host);
        assertRefused(
            IllegalArgumentException.class,
            "read-only",
            () -> HostBuffers.read(part, 0, target, 0, 1));
      }
      trial.check();
    }
  }

  @Test
  default void copiesThatDoNotFit() {
    try (Trial trial = trial();
        OptimizerBackend another = openAnother();
        DeviceBuffer foreign = another.allocate(type(), LENGTH);
        DeviceBuffer longer = backend().allocate(type(), LENGTH + 1)) {
      DeviceBuffer part = trial.params().part();
      assertRefused(IllegalArgumentException.class, "101", () -> part.copyFrom(longer));
      assertRefused(IllegalArgumentException.class, "overlap", () -> part.copyFrom(part));
      assertRefused(
          IllegalArgumentException.class,
          "overlap",
          () -> longer.slice(0, LENGTH).copyFrom(longer.slice(1, LENGTH)));
      assertRefused(IllegalArgumentException.class, "source", () -> part.copyFrom(foreign));
      assertRefused(IllegalArgumentException.class, "addend", () -> part.add(foreign));
      assertRefused(IllegalArgumentException.class, "101", () -> part.add(longer));
      assertRefused(IllegalArgumentException.class, "overlap", () -> part.add(part));
      DeviceBuffer closed = longer.slice(0, LENGTH);
      closed.close();
      assertRefused(IllegalStateException.class, "closed", () -> part.copyFrom(closed));
      assertRefused(
          IllegalStateException.class, "closed", () -> closed.copyFrom(trial.grads().part()));
      assertRefused(IllegalStateException.class, "closed", () -> closed.add(part));
      assertRefused(IllegalStateException.class, "closed", closed::zero);
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
    return new Trial(backend(), type(), NamedRule.MOMENTUM_CENTERED, LENGTH, Layout.at(9, 8, 7));
  }
}
