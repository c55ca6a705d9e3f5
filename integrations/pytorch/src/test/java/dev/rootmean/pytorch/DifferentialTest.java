package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Rootmean beside {@code torch::optim::RMSprop} and {@code clip_grad_norm_}: both step the same
 * floats, and libtorch steps them once more as doubles, which says what each is off. The error of a
 * training is its worst parameter's, relative to the larger one of its first and its last value.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DifferentialTest {
  private static final int COMBINATIONS = 500;

  private OptimizerBackend backend;

  @BeforeAll
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterAll
  void close() {
    backend.close();
  }

  /** The tensors of a training, and who steps them. */
  private abstract static class Training {
    final Combination combination;
    final Tensor[] parameters;

    Training(Combination combination) {
      this.combination = combination;
      parameters = Arrays.stream(combination.initial).map(this::parameter).toArray(Tensor[]::new);
    }

    Tensor tensor(float[] values) {
      return Tensor.create(values);
    }

    private Tensor parameter(float[] values) {
      return tensor(values).set_requires_grad(true);
    }

    double[][] run() {
      float[][][] gradients = combination.gradients;
      for (int step = 0; step < gradients.length; step++) {
        if (step == gradients.length / 2) {
          slowDown();
        }
        for (int t = 0; t < parameters.length; t++) {
          if (gradients[step][t] != null) {
            try (Tensor gradient = tensor(gradients[step][t])) {
              Torch.gradient(parameters[t], gradient);
            }
          }
        }
        step();
      }
      return Arrays.stream(parameters)
          .map(p -> Torch.doubles(p.to(torch.ScalarType.Double)))
          .toArray(double[][]::new);
    }

    abstract void slowDown();

    /** By the gradients that are there, and takes them away. */
    abstract void step();
  }

  /** As it is done in C++. */
  private static class InLibtorch extends Training {
    final RMSprop optimizer;

    InLibtorch(Combination combination) {
      super(combination);
      optimizer = new RMSprop(group(0), Torch.options(combination.rules.get(0)));
      for (int g = 1; g < combination.rules.size(); g++) {
        RMSpropOptions options = Torch.options(combination.rules.get(g));
        optimizer.add_param_group(new OptimizerParamGroup(group(g), options));
      }
    }

    private TensorVector group(int group) {
      TensorVector tensors = new TensorVector();
      for (int t = 0; t < parameters.length; t++) {
        if (combination.groups[t] == group) {
          tensors.push_back(parameters[t]);
        }
      }
      return tensors;
    }

    @Override
    void slowDown() {
      for (int g = 0; g < combination.rules.size(); g++) {
        double rate = combination.rules.get(g).learningRate() * combination.slower;
        optimizer.param_groups().get(g).options().set_lr(rate);
      }
    }

    @Override
    void step() {
      if (combination.clip != Double.POSITIVE_INFINITY) {
        torch.clip_grad_norm_(new TensorVector(parameters), combination.clip);
      }
      optimizer.step();
      optimizer.zero_grad();
    }
  }

  private static final class InLibtorchsDoubles extends InLibtorch {
    InLibtorchsDoubles(Combination combination) {
      super(combination);
    }

    @Override
    Tensor tensor(float[] values) {
      double[] doubles = new double[values.length];
      Arrays.setAll(doubles, i -> values[i]);
      return Tensor.create(doubles);
    }
  }

  private static final class InRootmean extends Training implements AutoCloseable {
    final TorchRmsProp optimizer;

    InRootmean(Combination combination, OptimizerBackend backend) {
      super(combination);
      TorchRmsPropBuilder builder = TorchRmsProp.builder(backend, combination.rules.get(0));
      int group = 0;
      for (int t = 0; t < parameters.length; t++) {
        if (combination.groups[t] > group) {
          group++;
          var rule = combination.rules.get(group);
          builder.group("group " + group, changed -> rule.toBuilder());
        }
        builder.parameter("tensor " + t, parameters[t]);
      }
      optimizer = builder.clipGradNorm(combination.clip).build();
    }

    @Override
    void slowDown() {
      optimizer.learningRate(combination.rules.get(0).learningRate() * combination.slower);
    }

    @Override
    void step() {
      optimizer.step();
      optimizer.zeroGrad();
    }

    @Override
    public void close() {
      optimizer.close();
    }
  }

  private static double worst(double[][] found, double[][] exact, float[][] initial) {
    double worst = 0;
    for (int t = 0; t < exact.length; t++) {
      for (int i = 0; i < exact[t].length; i++) {
        double size = Math.max(Math.abs(initial[t][i]), Math.abs(exact[t][i]));
        double error = Math.abs(found[t][i] - exact[t][i]) / size;
        worst = Math.max(worst, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
      }
    }
    return worst;
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) (share * (sorted.length - 1))];
  }

  @Test
  @SuppressWarnings("try") // the scope frees tensors
  void itIsNoFartherFromDoublesThanLibtorchIs() {
    double[] ours = new double[COMBINATIONS];
    double[] libtorchs = new double[COMBINATIONS];
    for (int c = 0; c < COMBINATIONS; c++) {
      Combination combination = new Combination(c);
      try (PointerScope scope = new PointerScope();
          InRootmean rootmean = new InRootmean(combination, backend)) {
        double[][] exact = new InLibtorchsDoubles(combination).run();
        ours[c] = worst(rootmean.run(), exact, combination.initial);
        libtorchs[c] = worst(new InLibtorch(combination).run(), exact, combination.initial);
      }
    }
    for (double share : new double[] {0.5, 0.9}) {
      double chance = 3 * Math.sqrt(share * (1 - share) / COMBINATIONS); // of where a quantile lies
      double most = quantile(libtorchs, share + chance);
      String errors =
          String.format(
              Locale.ROOT,
              "%.0f %% of the errors are below %.3g: expected %.3g, as libtorch's, or at most %.3g",
              100 * share,
              quantile(ours, share),
              quantile(libtorchs, share),
              most);
      System.out.println(errors);
      assertTrue(quantile(ours, share) <= most, errors);
    }
  }
}
