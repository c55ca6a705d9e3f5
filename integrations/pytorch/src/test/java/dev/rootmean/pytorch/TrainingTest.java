package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.opencl.OpenClProvider;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.RMSprop;
import org.junit.jupiter.api.Test;

/** A network with autograd, trained by this optimizer and by libtorch's own. */
class TrainingTest {
  private static final int STEPS = 50;
  private static final RmsProp RULE =
      Preset.PYTORCH.rule().toBuilder().learningRate(0.001).momentum(0.9).weightDecay(1e-4).build();

  /** What a training was like. */
  private record Trained(List<Float> losses, List<Float> parameters) {}

  private static Trained train(Classifier network, Runnable step, Runnable zeroGrad) {
    List<Float> losses = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      zeroGrad.run();
      losses.add(network.backward());
      step.run();
    }
    return new Trained(losses, network.parameters32());
  }

  private static Trained trainOn(OptimizerBackend backend) {
    Classifier network = new Classifier();
    try (network;
        TorchRmsProp optimizer = TorchRmsProp.builder(backend, RULE).parameters(network).build()) {
      return train(network, optimizer::step, optimizer::zeroGrad);
    }
  }

  private static Trained trainInLibtorch() {
    Classifier network = new Classifier();
    try (network;
        RMSprop optimizer = new RMSprop(network.parameters(), Torch.options(RULE))) {
      return train(network, optimizer::step, optimizer::zero_grad);
    }
  }

  @Test
  void lossesAreLibtorchs() {
    try (OptimizerBackend backend = Backends.open("cpu")) {
      List<Float> expected = trainInLibtorch().losses();
      List<Float> found = trainOn(backend).losses();
      assertTrue(expected.get(STEPS - 1) < expected.get(0) / 2, expected.toString());
      for (int step = 0; step < STEPS; step++) {
        assertEquals(expected.get(step), found.get(step), 1e-5f, "step " + step);
      }
    }
  }

  @Test
  void everyBackendEndsWithTheSameBits() {
    try (OptimizerBackend opencl = RequiredBackends.open(new OpenClProvider(), "Portable");
        OptimizerBackend cpu = Backends.open("cpu")) {
      assertEquals(trainOn(cpu), trainOn(opencl));
    }
  }
}
