package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often the device is asked for a copy, and of how much. */
class DeviceTransfersTest extends FrailBackend {
  @Test
  void nothingIsCopiedForNothing() {
    params.read(4, new float[0], 0, 0);
    params.write(0, new float[3], 3, 0);
    assertEquals(List.of(), device.calls);
  }

  /** A native call that has an array holds up the garbage collector, and with it other threads. */
  @Test
  void arraysAreLentInParts() {
    int length = 9_000_000;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i;
    }
    float[] back = new float[length + 3];
    try (DeviceBuffer large = backend.allocate(FLOAT32, length)) {
      device.longest = 0;
      device.calls.clear();
      large.write(values);
      large.read(0, back, 3, length);
      assertEquals(List.of("send", "send", "send", "receive", "receive", "receive"), device.calls);
      assertEquals(4 << 20, device.longest);
      assertArrayEquals(values, Arrays.copyOfRange(back, 3, length + 3));
      ByteBuffer direct = ByteBuffer.allocateDirect(4 * length).order(ByteOrder.nativeOrder());
      device.calls.clear();
      large.read(0, direct);
      assertEquals(List.of("receive"), device.calls, "memory that no garbage collector moves");
    }
  }
}
