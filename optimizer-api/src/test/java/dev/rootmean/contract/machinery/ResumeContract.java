package dev.rootmean.contract.machinery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.checkpoint.Checkpoint;
import dev.rootmean.checkpoint.Checkpoints;
import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.NamedRule;
import dev.rootmean.contract.NumberKind;
import dev.rootmean.contract.ScalarDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training that is stopped and resumed is, bit for bit, one that never was. */
public interface ResumeContract extends BackendUnderTest {
  /** The loss scale has fallen when the training stops, and is about to grow. */
  GradientPolicy SKIPPING =
      GradientPolicy.NONE
          .withNormClip(30)
          .withMicroBatches(3)
          .withLossScale(new LossScale(64, 2, 0.5, 4, 1));

  /** Stops with two, with no and with one of three micro-batches gathered. */
  @ParameterizedTest
  @ValueSource(ints = {14, 15, 16})
  default void aResumedTrainingGoesOnExactly(int before) {
    int batches = 40; // the scale grows, falls and grows again
    try (Optimizer whole = model().build();
        Optimizer stopped = model().build()) {
      train(whole, 0, batches);
      train(stopped, 0, before);
      assertEquals(before % 3, stopped.progress().gatheredMicroBatches());
      assertEquals(1, stopped.skippedSteps());
      assertEquals(32, stopped.lossScale());
      assertTrue(stopped.progress().goodSteps() > 0, "it is on its way up again");
      try (Optimizer resumed = model().build()) {
        for (String from : List.of("a new one", "a live one")) {
          resumed.resume(stopped.progress());
          assertEquals(stopped.progress(), resumed.progress(), from);
          copy(stopped, resumed);
          train(resumed, before, batches);
          assertEquals(whole.progress(), resumed.progress(), from);
          assertEquals(whole.stepCount(), resumed.stepCount(), from);
          List<DeviceBuffer> expected = buffers(whole);
          List<DeviceBuffer> actual = buffers(resumed);
          for (int i = 0; i < expected.size(); i++) {
            Bits.assertHolds(from + ", buffer " + i, actual.get(i), values(expected.get(i)));
          }
        }
      }
    }
  }

  private static void copy(Optimizer source, Optimizer target) {
    List<DeviceBuffer> from = buffers(source);
    List<DeviceBuffer> to = buffers(target);
    for (int i = 0; i < from.size(); i++) {
      Elements.write(to.get(i), values(from.get(i)));
    }
  }

  /**
   * 100 micro-batches are 37, a checkpoint, 21 on another backend, a checkpoint, and 42 here; each
   * checkpoint has one of three micro-batches gathered.
   */
  @Test
  default void aSavedTrainingGoesOnExactlyHereAndElsewhere(@TempDir Path folder)
      throws IOException {
    Checkpoints checkpoints = Checkpoints.in(folder).splitAt(300);
    try (OptimizerBackend other = ScalarDevice.open(new ScalarDevice());
        DeviceBuffer broughtWhole = backend().allocate(type(), 12);
        DeviceBuffer broughtHere = backend().allocate(type(), 12);
        DeviceBuffer broughtThere = other.allocate(type(), 12);
        Optimizer whole = grown(backend(), broughtWhole)) {
      train(whole, 0, 100);
      try (Optimizer first = grown(backend(), broughtHere)) {
        train(first, 0, 37);
        checkpoints.save(first, Map.of("batch", "37"));
      }
      try (Optimizer second = grown(other, broughtThere)) {
        assertEquals("37", load(checkpoints, second));
        train(second, 37, 58);
        checkpoints.save(second, Map.of("batch", "58"));
      }
      try (Optimizer third = grown(backend(), broughtHere)) {
        train(third, 0, 5); // what a live one has is overwritten
        assertEquals("58", load(checkpoints, third));
        assertEquals(1, third.progress().gatheredMicroBatches());
        train(third, 58, 100);
        assertEquals(whole.progress(), third.progress());
        List<DeviceBuffer> expected = buffers(whole);
        List<DeviceBuffer> actual = buffers(third);
        for (int i = 0; i < expected.size(); i++) {
          Bits.assertHolds("buffer " + i, actual.get(i), values(expected.get(i)));
        }
      }
    }
  }

  private static String load(Checkpoints checkpoints, Optimizer optimizer) throws IOException {
    try (Checkpoint checkpoint = checkpoints.latest().orElseThrow()) {
      checkpoint.load(optimizer);
      assertEquals(checkpoint.progress(), optimizer.progress());
      return checkpoint.notes().get("batch");
    }
  }

  /** With a tensor that the caller has brought, and its gradient, and one that came later. */
  private Optimizer grown(OptimizerBackend backend, DeviceBuffer brought) {
    Optimizer optimizer = model(backend).parameter("brought", brought.slice(0, 6), 2, 3).build();
    optimizer.gradient("brought", brought.slice(6, 6));
    optimizer.add("late", "b", 4);
    return optimizer;
  }

  private OptimizerBuilder model() {
    return model(backend());
  }

  private OptimizerBuilder model(OptimizerBackend backend) {
    RmsProp rule = NamedRule.NESTEROV_CENTERED_MAXIMIZE.rule();
    return Optimizer.builder(backend, rule)
        .parameter("a", 7, 5)
        .group("b", same -> same.learningRate(0.03).momentum(0))
        .parameter("b", 100)
        .dataType(type())
        .policy(SKIPPING)
        .schedule(step -> 0.05 / (step + 1));
  }

  private void train(Optimizer optimizer, int first, int end) {
    for (int batch = first; batch < end; batch++) {
      for (String name : optimizer.names()) {
        DeviceBuffer gradient = optimizer.gradient(name);
        double[] values =
            NumberKind.ORDINARY.take(type(), (int) gradient.length(), name.hashCode() + batch);
        if (batch == 4 || batch == 20) {
          values[1] = Double.NaN;
        }
        Elements.write(gradient, values);
      }
      optimizer.step();
    }
  }

  /** All that a checkpoint would have to hold. */
  private static List<DeviceBuffer> buffers(Optimizer optimizer) {
    List<DeviceBuffer> buffers = new ArrayList<>();
    for (String name : optimizer.names()) {
      RmsPropState state = optimizer.state(name);
      buffers.add(optimizer.parameter(name));
      buffers.add(optimizer.gatheredGradient(name).orElseThrow());
      buffers.add(state.squareAverage());
      state.momentum().ifPresent(buffers::add);
      state.gradientAverage().ifPresent(buffers::add);
    }
    return buffers;
  }

  private static double[] values(DeviceBuffer buffer) {
    double[] values = new double[(int) buffer.length()];
    Elements.read(buffer, values);
    return values;
  }
}
