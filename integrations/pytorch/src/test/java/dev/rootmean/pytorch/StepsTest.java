package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.opencl.OpenClProvider;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step does to tensors, in torch's memory ({@code cpu}) and in copies ({@code opencl}). */
class StepsTest {
  private static final RmsProp RULE = Preset.PYTORCH.rule();

  private static OptimizerBackend open(String name) {
    return name.equals("cpu")
        ? Backends.open(name)
        : RequiredBackends.open(new OpenClProvider(), "Portable");
  }

  /** A gradient of 1 in 3 of 10 steps; with zeros instead of none p would end at -0.418. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void whatHasNoGradientIsPassedOver(String name) {
    RmsProp rule = RULE.toBuilder().learningRate(0.01).momentum(0.9).weightDecay(0.01).build();
    Tensor p = Torch.parameter(1);
    Tensor other = Torch.parameter(1, 2);
    Tensor theirs = Torch.parameter(1);
    try (OptimizerBackend backend = open(name);
        RMSprop libtorch = new RMSprop(new TensorVector(theirs), Torch.options(rule));
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, rule)
                .parameter("p", p)
                .parameter("other", other)
                .build()) {
      for (int step = 0; step < 10; step++) {
        other.sum().backward();
        if (step % 4 == 0) {
          p.sum().backward();
          theirs.sum().backward();
        }
        optimizer.step();
        libtorch.step();
        optimizer.zeroGrad();
        libtorch.zero_grad();
      }
      assertEquals(theirs.item_float(), p.item_float(), 1e-6f);
    }
  }

  @Test
  void gradientsAreUndefinedOrZeroed() {
    Tensor p = Torch.parameter(1, 2);
    try (OptimizerBackend backend = Backends.open("cpu");
        TorchRmsProp optimizer = TorchRmsProp.builder(backend, RULE).parameter("p", p).build()) {
      optimizer.zeroGrad(false);
      assertFalse(p.grad().defined());
      p.sum().backward();
      optimizer.zeroGrad(false);
      assertArrayEquals(new float[2], Torch.floats(p.grad()));
      optimizer.zeroGrad();
      assertFalse(p.grad().defined());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void gradientsMayBeTransposedOrExpanded(String name) {
    Tensor transposed = torch.ones(3, 2).set_requires_grad(true);
    Tensor expanded = torch.ones(3, 2).set_requires_grad(true);
    Tensor plain = torch.ones(3, 2).set_requires_grad(true);
    Torch.gradient(transposed, Tensor.create(new float[] {1, 3, 5, 2, 4, 6}, 2, 3).t());
    Torch.gradient(expanded, Tensor.create(new float[] {7}, 1, 1).expand(3, 2));
    Torch.gradient(plain, Tensor.create(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
    try (OptimizerBackend backend = open(name);
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, RULE)
                .parameter("transposed", transposed)
                .parameter("expanded", expanded)
                .parameter("plain", plain)
                .build()) {
      optimizer.step();
      assertArrayEquals(Torch.floats(plain), Torch.floats(transposed));
      float[] average = new float[6];
      optimizer.state("expanded").squareAverage().read(average);
      for (float v : average) {
        assertEquals((1 - RULE.decay()) * 49, v, 1e-6);
      }
    }
  }

  /** {@code torch.rand(100).narrow(0, 1, 50)} is contiguous and begins at 4 mod 16. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void aViewIsSteppedAndNothingBesideIt(String name) {
    Tensor whole = torch.rand(100);
    Tensor view = whole.narrow(0, 1, 50).detach().set_requires_grad(true);
    assertEquals(4, view.data_ptr().address() % 16);
    float[] before = Torch.floats(whole);
    try (OptimizerBackend backend = open(name);
        TorchRmsProp optimizer = TorchRmsProp.builder(backend, RULE).parameter("p", view).build()) {
      view.sum().backward();
      optimizer.step();
    }
    float[] after = Torch.floats(whole);
    for (int i = 0; i < before.length; i++) {
      assertEquals(i >= 1 && i < 51, before[i] != after[i], "element " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void whatTorchHasChangedIsStepped(String name) {
    Tensor p = Torch.parameter(1, 2);
    RmsProp rule = RULE.toBuilder().learningRate(0).build();
    try (OptimizerBackend backend = open(name);
        TorchRmsProp optimizer = TorchRmsProp.builder(backend, rule).parameter("p", p).build()) {
      for (int step = 1; step <= 3; step++) {
        p.sum().backward();
        optimizer.step();
        assertArrayEquals(new float[] {step, step + 1}, Torch.floats(p));
        try (NoGradGuard guard = new NoGradGuard()) {
          assertFalse(guard.isNull());
          p.add_(new Scalar(1f));
        }
      }
    }
  }

  @Test
  void doublesAreStepped() {
    Tensor p = Tensor.create(new double[] {1, 2}).set_requires_grad(true);
    Tensor theirs = Tensor.create(new double[] {1, 2}).set_requires_grad(true);
    try (OptimizerBackend backend = Backends.open("cpu");
        RMSprop libtorch = new RMSprop(new TensorVector(theirs), Torch.options(RULE));
        TorchRmsProp optimizer = TorchRmsProp.builder(backend, RULE).parameter("p", p).build()) {
      for (int step = 0; step < 5; step++) {
        p.pow(new Scalar(2)).sum().backward();
        theirs.pow(new Scalar(2)).sum().backward();
        optimizer.step();
        libtorch.step();
      }
    }
    assertArrayEquals(Torch.doubles(theirs), Torch.doubles(p), 1e-12);
  }

  @Test
  void groupsSchedulesAndMicroBatches() {
    Tensor weight = Torch.parameter(1);
    Tensor bias = Torch.parameter(1);
    try (OptimizerBackend backend = Backends.open("cpu");
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, RULE.toBuilder().learningRate(0.1).build())
                .parameter("weight", weight)
                .group("still", rule -> rule.learningRate(0))
                .parameter("bias", bias)
                .schedule(step -> step == 0 ? 0.1 : 0.2)
                .policy(GradientPolicy.NONE.withMicroBatches(2))
                .build()) {
      for (int step = 0; step < 2; step++) {
        weight.sum().backward();
        bias.sum().backward();
        assertFalse(optimizer.step());
        assertTrue(optimizer.step());
      }
      assertEquals(0.2, optimizer.learningRate());
      assertEquals(2, optimizer.progress().attempts());
      assertEquals(1, bias.item_float());
      assertTrue(weight.item_float() < 1);
    }
  }

  /** What had a gradient in any of the micro-batches, from where torch has left it. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void microBatchesOfDifferentParametersAreSteppedTogether(String name) {
    Tensor first = Torch.parameter(2);
    Tensor changed = Torch.parameter(1);
    Tensor last = Torch.parameter(2);
    Tensor never = Torch.parameter(2);
    try (OptimizerBackend backend = open(name);
        NoGradGuard guard = new NoGradGuard();
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, RULE)
                .parameter("first", first)
                .parameter("changed", changed)
                .parameter("last", last)
                .parameter("never", never)
                .policy(GradientPolicy.NONE.withMicroBatches(2))
                .build()) {
      assertFalse(guard.isNull());
      Torch.gradient(first, Tensor.create(1f));
      Torch.gradient(changed, Tensor.create(1f));
      assertFalse(optimizer.step());
      optimizer.zeroGrad();
      changed.add_(new Scalar(1f));
      Torch.gradient(last, Tensor.create(1f));
      assertTrue(optimizer.step());
    }
    assertTrue(first.item_float() < 2);
    assertEquals(first.item_float(), changed.item_float());
    assertEquals(first.item_float(), last.item_float());
    assertEquals(2, never.item_float());
  }

  @Test
  void aTiedTensorGoesByItsFirstNameInEachGroup() {
    Tensor tied = Torch.parameter(1);
    try (Module module = new Module();
        OptimizerBackend backend = Backends.open("cpu")) {
      module.register_parameter("decoder", tied);
      module.register_parameter("encoder", tied);
      module.register_parameter("bias", Torch.parameter(1));
      TorchRmsProp optimizer =
          TorchRmsProp.builder(backend, RULE)
              .parameters(module, name -> name.equals("decoder"))
              .group("others", rule -> rule)
              .parameters(module, name -> !name.equals("decoder"))
              .build();
      tied.sum().backward();
      optimizer.step();
      optimizer.state("bias");
      optimizer.close();
    }
    assertTrue(tied.item_float() < 1);
  }

  /** The small ones are where torch's 10⁻⁶ beside the norm shows. */
  @ParameterizedTest
  @ValueSource(floats = {1e-7f, 1e-5f, 0.99f, 1, 3e3f})
  void clippingIsLibtorchs(float size) {
    RmsProp rule = RULE.toBuilder().learningRate(0.01).build();
    Tensor p = Torch.parameter(1, 2);
    Tensor theirs = Torch.parameter(1, 2);
    try (OptimizerBackend backend = Backends.open("cpu");
        RMSprop libtorch = new RMSprop(new TensorVector(theirs), Torch.options(rule));
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, rule).parameter("p", p).clipGradNorm(size / 2).build()) {
      for (Tensor parameter : new Tensor[] {p, theirs}) {
        Torch.gradient(parameter, Tensor.create(0.6f * size, -0.8f * size));
      }
      double norm = torch.clip_grad_norm_(new TensorVector(theirs), size / 2);
      optimizer.step();
      libtorch.step();
      assertEquals(norm, optimizer.gradientNorm(), 1e-6 * norm);
      assertArrayEquals(Torch.floats(theirs), Torch.floats(p), 1e-6f);
    }
  }

  /** Torch steps by zeros and NaN there. */
  @Test
  void clippingSkipsWhatHasNoNorm() {
    Tensor p = Torch.parameter(1, 2);
    Torch.gradient(p, Tensor.create(Float.POSITIVE_INFINITY, 1));
    try (OptimizerBackend backend = Backends.open("cpu");
        TorchRmsProp optimizer =
            TorchRmsProp.builder(backend, RULE).parameter("p", p).clipGradNorm(1).build()) {
      optimizer.step();
      assertEquals(Double.POSITIVE_INFINITY, optimizer.gradientNorm());
      assertArrayEquals(new float[] {1, 2}, Torch.floats(p));
      assertEquals(1, optimizer.progress().skippedSteps());
    }
  }
}
