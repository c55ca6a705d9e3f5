package dev.rootmean.cuda;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ReferenceStep;
import java.util.ArrayList;
import java.util.List;

/**
 * Tensors one behind another in one buffer each for parameters, accumulators, and one of several
 * sets of gradients. They are stepped together, and by the reference as if they were one.
 */
final class NeighbouringTensors implements AutoCloseable {
  private final List<Integer> lengths;
  final DeviceBuffer params;
  final List<DeviceBuffer> grads = new ArrayList<>();
  private final List<List<DeviceBuffer>> slices = new ArrayList<>();
  private final RmsPropState state;
  private final MultiTensorStep step;
  final double[] p;
  private final double[] v;
  private final double[] b;
  private final double[] m;
  private final List<double[]> gradients = new ArrayList<>();

  NeighbouringTensors(OptimizerBackend backend, List<Integer> lengths, int sets) {
    this.lengths = lengths;
    int length = lengths.stream().mapToInt(Integer::intValue).sum();
    params = backend.allocate(FLOAT32, length);
    state = RmsPropState.allocate(backend, StepsTogetherTest.RULE, FLOAT32, length);
    p = NumberKind.ORDINARY.take(FLOAT32, length, 1);
    v = new double[length];
    b = new double[length];
    m = new double[length];
    Elements.write(params, p);
    Elements.read(state.squareAverage(), v);
    step = backend.multiTensorStep();
    for (int set = 0; set < sets; set++) {
      DeviceBuffer all = backend.allocate(FLOAT32, length);
      gradients.add(NumberKind.ORDINARY.take(FLOAT32, length, 2 + set));
      Elements.write(all, gradients.get(set));
      grads.add(all);
      slices.add(new ArrayList<>());
      int at = 0;
      for (int each : lengths) {
        slices.get(set).add(all.slice(at, each));
        if (set == 0) {
          step.add(params.slice(at, each), all.slice(at, each), state.slice(at, each));
        }
        at += each;
      }
    }
  }

  void step(int set) {
    for (int i = 0; i < lengths.size(); i++) {
      step.gradient(i, slices.get(set).get(i));
    }
    assertEquals(lengths.size(), step.step(StepsTogetherTest.RULE, 0));
  }

  void reference(int set) {
    new ReferenceStep(FLOAT32, StepsTogetherTest.RULE).step(p, gradients.get(set), v, b, m);
  }

  void check() {
    Bits.assertHolds("params", params, p);
    Bits.assertHolds("squareAverage", state.squareAverage(), v);
  }

  @Override
  public void close() {
    params.close();
    state.close();
    grads.forEach(DeviceBuffer::close);
  }
}
