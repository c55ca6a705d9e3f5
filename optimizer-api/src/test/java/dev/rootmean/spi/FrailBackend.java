package dev.rootmean.spi;

import static dev.rootmean.DataType.FLOAT32;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.contract.ScalarDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A backend on a {@link FrailDevice}, with the buffers of a step: what the contract cannot see from
 * outside is which calls the device gets, and what a failure leaves.
 */
abstract class FrailBackend {
  static final RmsProp RULE = RmsProp.builder().build();

  final LogCapture log = LogCapture.of(DeviceBackend.class);
  final FrailDevice device = new FrailDevice();
  final OptimizerBackend backend = ScalarDevice.open(device);
  final DeviceBuffer params = backend.allocate(FLOAT32, 4);
  final DeviceBuffer grads = backend.allocate(FLOAT32, 4);
  final RmsPropState state = RmsPropState.allocate(backend, RULE, FLOAT32, 4);

  @BeforeEach
  void capture() {
    log.start();
    device.calls.clear();
  }

  @AfterEach
  void release() {
    backend.close();
    log.stop();
  }
}
