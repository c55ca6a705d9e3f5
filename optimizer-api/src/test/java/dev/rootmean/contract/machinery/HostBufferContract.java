package dev.rootmean.contract.machinery;

import static dev.rootmean.contract.machinery.Refusal.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.HostBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.machinery.Trial.Layout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host's memory that is transferred in the queue: each transfer in its place, all bits. */
public interface HostBufferContract extends BackendUnderTest {
  private void fill(HostBuffer host, double[] values) {
    ByteBuffer bytes = host.bytes();
    for (int i = 0; i < values.length; i++) {
      type().put(bytes, i * type().bytes(), values[i]);
    }
  }

  private double[] values(HostBuffer host) {
    ByteBuffer bytes = host.bytes();
    double[] values = new double[(int) host.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = type().get(bytes, i * type().bytes());
    }
    return values;
  }

  @Test
  default void newHostMemoryIsZero() {
    try (HostBuffer host = backend().allocateHost(type(), 1001)) {
      assertEquals(type(), host.dataType());
      assertEquals(1001, host.length());
      ByteBuffer bytes = host.bytes();
      assertEquals(ByteOrder.nativeOrder(), bytes.order());
      assertEquals(1001 * type().bytes(), bytes.remaining());
      Bits.assertSame("new memory", new double[1001], values(host));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 40000", "3, 33", "16383, 2", "1, 39999"})
  default void itIsCopiedToASliceAndBack(int offset, int count) {
    double[] expected = NumberKind.ORDINARY.take(type(), 40_000, 1);
    double[] given = NumberKind.BITS.take(type(), count, 2);
    try (HostBuffer host = backend().allocateHost(type(), count);
        HostBuffer back = backend().allocateHost(type(), count);
        DeviceBuffer buffer = backend().allocate(type(), expected.length)) {
      Elements.write(buffer, expected);
      fill(host, given);
      buffer.slice(offset, count).write(host);
      buffer.slice(offset, count).read(back);
      System.arraycopy(given, 0, expected, offset, count);
      Bits.assertSame("what was read", given, values(back));
      Bits.assertSame("what was written", given, values(host));
      Bits.assertHolds("the buffer", buffer, expected);
    }
  }

  /** With nobody waiting in between: each transfer sees what those before it have left. */
  @Test
  default void transfersOfOneMemoryFollowEachOther() {
    int length = 70_001;
    double[] first = NumberKind.ORDINARY.take(type(), length, 1);
    double[] second = NumberKind.ORDINARY.take(type(), length, 2);
    try (HostBuffer host = backend().allocateHost(type(), length);
        DeviceBuffer a = backend().allocate(type(), length);
        DeviceBuffer b = backend().allocate(type(), length);
        DeviceBuffer c = backend().allocate(type(), length)) {
      fill(host, first);
      Elements.write(b, second);
      a.write(host);
      b.read(host);
      c.write(host);
      a.read(host);
      Bits.assertSame("the host's memory", first, values(host));
      Bits.assertHolds("what was written first", a, first);
      Bits.assertHolds("what was read and written again", c, second);
    }
  }

  /** What somebody does with a view's position, limit or order is that view's alone. */
  @Test
  default void eachViewIsANewOne() {
    double[] given = NumberKind.ORDINARY.take(type(), 100, 1);
    try (HostBuffer host = backend().allocateHost(type(), 100);
        DeviceBuffer buffer = backend().allocate(type(), 100)) {
      fill(host, given);
      ByteOrder other =
          ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
              ? ByteOrder.LITTLE_ENDIAN
              : ByteOrder.BIG_ENDIAN;
      host.bytes().order(other).limit(80).position(8);
      buffer.write(host);
      Bits.assertHolds("what was written", buffer, given);
      buffer.zero();
      buffer.read(host);
      assertEquals(100 * type().bytes(), host.bytes().remaining());
      Bits.assertSame("what was read", new double[100], values(host));
    }
  }

  /** The memory is the caller's from then on, whatever was asked for before. */
  @Test
  default void closingWaitsForItsTransfers() {
    int length = 200_003;
    double[] given = NumberKind.ORDINARY.take(type(), length, 1);
    try (DeviceBuffer buffer = backend().allocate(type(), length)) {
      HostBuffer source = backend().allocateHost(type(), length);
      HostBuffer target = backend().allocateHost(type(), length);
      fill(source, given);
      ByteBuffer read = source.bytes();
      ByteBuffer written = target.bytes();
      buffer.write(source);
      buffer.read(target);
      source.close();
      read.put(new byte[read.remaining()]);
      target.close();
      for (int i = 0; i < length; i++) {
        assertEquals(given[i], type().get(written, i * type().bytes()));
      }
      written.put(new byte[written.remaining()]);
      Bits.assertHolds("the buffer", buffer, given);
    }
  }

  @Test
  default void itHasElementsOfFewerBits() {
    for (DataType few : halves()) {
      try (HostBuffer host = backend().allocateHost(few, 4001);
          HostBuffer back = backend().allocateHost(few, 4001);
          DeviceBuffer buffer = backend().allocate(few, 4001)) {
        ByteBuffer bytes = host.bytes();
        for (int i = 0; bytes.hasRemaining(); i++) {
          bytes.put((byte) (i * 31));
        }
        buffer.write(host);
        buffer.read(back);
        assertEquals(bytes.rewind(), back.bytes());
      }
    }
  }

  /** While the device has yet to do what was asked of it. */
  @Test
  default void itsTransfersTakeTheirPlaceInTheQueue() {
    int length = 200_003;
    try (Trial trial = new Trial(backend(), type(), NamedRule.NESTEROV, length, Layout.WHOLE);
        HostBuffer before = backend().allocateHost(type(), length);
        HostBuffer after = backend().allocateHost(type(), length);
        HostBuffer grads = backend().allocateHost(type(), length)) {
      fill(grads, NumberKind.HUGE.take(type(), length, 1));
      trial.steps(1, NumberKind.ORDINARY);
      trial.params().part().read(before);
      double[] afterOne = trial.params().expected().clone();
      trial.steps(1, NumberKind.ORDINARY);
      trial.params().part().read(after);
      trial.grads().part().write(grads); // which the steps before it do not see
      Bits.assertSame("after the first step", afterOne, values(before));
      Bits.assertSame("after the second", trial.params().expected(), values(after));
    }
  }

  /** The memory is the host's again as soon as its bytes are asked for, and not before. */
  @Test
  default void itIsFilledAgainAsSoonAsItHasBeenRead() {
    int length = 50_000;
    double[] sum = new double[length];
    try (HostBuffer gradients = backend().allocateHost(type(), length);
        HostBuffer sums = backend().allocateHost(type(), length);
        DeviceBuffer addend = backend().allocate(type(), length);
        DeviceBuffer total = backend().allocate(type(), length)) {
      for (int round = 0; round < 5; round++) {
        double[] given = NumberKind.ORDINARY.take(type(), length, round);
        fill(gradients, given);
        addend.write(gradients);
        total.add(addend);
        total.read(sums);
        for (int i = 0; i < length; i++) {
          sum[i] = type().round(sum[i] + given[i]);
        }
        Bits.assertSame("after round " + round, sum, values(sums));
      }
    }
  }

  @Test
  default void anotherBackendsIsOrdinaryMemory() {
    double[] given = NumberKind.ORDINARY.take(type(), 1000, 1);
    try (OptimizerBackend another = openAnother();
        HostBuffer host = another.allocateHost(type(), 1000);
        DeviceBuffer buffer = backend().allocate(type(), 1000)) {
      fill(host, given);
      ByteBuffer bytes = host.bytes();
      buffer.write(host);
      bytes.put(new byte[bytes.remaining()]);
      Bits.assertHolds("what was written", buffer, given);
      buffer.read(host);
      bytes.rewind();
      Bits.assertSame("what was read", given, values(host));
      HostBuffer closed = another.allocateHost(type(), 1000);
      closed.close();
      assertRefused(IllegalStateException.class, "closed", () -> buffer.write(closed));
      assertRefused(IllegalStateException.class, "closed", () -> buffer.read(closed));
      Bits.assertHolds("what was written", buffer, given);
    }
  }

  @Test
  default void whatDoesNotFitIsRefused() {
    DataType other = type() == DataType.FLOAT64 ? DataType.FLOAT32 : DataType.FLOAT64;
    try (Trial trial = new Trial(backend(), type(), NamedRule.NESTEROV, 100, Layout.WHOLE);
        HostBuffer longer = backend().allocateHost(type(), 101);
        HostBuffer shorter = backend().allocateHost(type(), 99);
        HostBuffer others = backend().allocateHost(other, 100)) {
      DeviceBuffer part = trial.params().part();
      Class<IllegalArgumentException> type = IllegalArgumentException.class;
      for (HostBuffer host : new HostBuffer[] {longer, shorter, others}) {
        assertRefused(type, host.toString(), () -> part.write(host));
        assertRefused(type, host.toString(), () -> part.read(host));
      }
      for (long length : new long[] {0, -1, Integer.MAX_VALUE, Long.MAX_VALUE}) {
        assertRefused(type, "" + length, () -> backend().allocateHost(type(), length).close());
      }
      Class<NullPointerException> nothing = NullPointerException.class;
      assertRefused(nothing, "source", () -> part.write((HostBuffer) null));
      assertRefused(nothing, "target", () -> part.read((HostBuffer) null));
      assertRefused(nothing, "type", () -> backend().allocateHost(null, 1).close());
      trial.check();
    }
  }

  /** What is closed is refused; a view of it is memory as any other, whoever still has one. */
  @Test
  default void afterItsEndItIsOrdinaryMemory() {
    OptimizerBackend another = openAnother();
    DeviceBuffer buffer = another.allocate(type(), 1000);
    HostBuffer closed = another.allocateHost(type(), 1000);
    HostBuffer left = another.allocateHost(type(), 1000);
    ByteBuffer[] views = {closed.bytes(), left.bytes()};
    buffer.write(closed);
    buffer.read(left);
    closed.close();
    closed.close();
    assertUnusable(closed, buffer);
    another.close();
    assertUnusable(left, buffer);
    left.close();
    for (ByteBuffer view : views) {
      view.put(new byte[view.remaining()]);
    }
  }

  private static void assertUnusable(HostBuffer host, DeviceBuffer buffer) {
    for (Executable use :
        new Executable[] {host::bytes, () -> buffer.write(host), () -> buffer.read(host)}) {
      assertRefused(IllegalStateException.class, "closed", use);
    }
  }
}
