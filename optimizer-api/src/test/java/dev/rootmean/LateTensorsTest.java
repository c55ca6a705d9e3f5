package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that are added to an optimizer; what they compute is the contract's. */
class LateTensorsTest {
  private static final GradientPolicy CLIP = GradientPolicy.NONE.withNormClip(1);

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  /** Of 5 buffers for an own tensor under a policy, none is kept if one is refused. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTensorThatFindsNoMemoryIsNotAdded(boolean byError) {
    try (Optimizer optimizer = Layers.on(backend).policy(CLIP).build()) {
      Layers.write(optimizer, 1);
      optimizer.step();
      int held = device.held;
      String reason = "";
      for (int room = 0; room < 5; room++) {
        if (byError) {
          device.memoryCallsUntilError = room + 1;
          assertThrows(OutOfMemoryError.class, () -> optimizer.add("late", "centered", 16_385));
        } else {
          device.room = held + room;
          reason =
              assertThrows(
                      DeviceOutOfMemoryException.class,
                      () -> optimizer.add("late", "centered", 16_385))
                  .reason();
        }
        assertFalse(optimizer.names().contains("late"));
        assertTrue(optimizer.step());
      }
      device.room = Integer.MAX_VALUE;
      optimizer.add("late", "centered", 16_385);
      assertTrue(optimizer.step());
      if (!byError) { // parameters, gradient, two accumulators, and the row of all gradients
        long bytes = 4 * (5 * 16_385 + optimizer.offset("late"));
        String needed = String.format(Locale.ROOT, " at least %,d bytes are needed in all", bytes);
        assertTrue(reason.endsWith(needed), reason);
      }
    }
  }
}
