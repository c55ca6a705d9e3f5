package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** A step that has failed between two groups. */
class HalfDoneStepTest {
  /** Fails one launch. */
  private static final class Failing extends Wrapped<TypedArray> {
    private int launchesBefore = -1;

    Failing() {
      super(new ScalarDevice());
    }

    OptimizerBackend open() {
      BackendInfo info =
          new BackendInfo("failing", "a Java loop", 1 << 20, true, Set.of(DataType.FLOAT32));
      return new DeviceBackend<>(info, this);
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      if (launchesBefore-- == 0) {
        throw new BackendException("failing", "launch", "on purpose", null);
      }
      super.launch(kernel, numbers, rows);
    }
  }

  /** Copies keep what they have taken of it, whatever torch does to its tensors then. */
  @Test
  void isGivenUpAsItWas() {
    Tensor p = Torch.parameter(1);
    Tensor q = Torch.parameter(1);
    Failing device = new Failing();
    try (OptimizerBackend failing = device.open();
        NoGradGuard guard = new NoGradGuard();
        TorchRmsProp optimizer =
            TorchRmsProp.builder(failing, Preset.PYTORCH.rule())
                .parameter("p", p)
                .group("second", rule -> rule)
                .parameter("q", q)
                .build()) {
      assertFalse(guard.isNull());
      Torch.gradient(p, Tensor.create(1f));
      Torch.gradient(q, Tensor.create(1f));
      device.launchesBefore = 1;
      assertThrows(BackendException.class, optimizer::step);
      p.add_(new Scalar(1f));
      assertEquals(
          "step 1 is half done, 1 of 2 launches: retryStep() or abandonStep()",
          assertThrows(IllegalStateException.class, optimizer::step).getMessage());
      optimizer.abandonStep();
      assertTrue(p.item_float() < 1);
      assertEquals(1, q.item_float());
      assertTrue(optimizer.step());
      assertTrue(q.item_float() < 1);
    }
  }
}
