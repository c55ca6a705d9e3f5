package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of 16 bits step as the floats do that they are. */
class MixedTypesTest {
  private static final int GAP = 3;
  private static final GradientPolicy NORM =
      GradientPolicy.NONE.withNormClip(0.5).withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  private final OptimizerBackend backend = new CpuDevice(3).backend();

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 2_047, 2_048, 2_049, 16_384, 16_385, 50_001})
  void theBitsAreThoseOfFloats(int length) {
    for (GradientPolicy policy : new GradientPolicy[] {null, NORM, NORM.withValueClip(0.01)}) {
      for (int variant = 0; variant < 4; variant++) {
        RmsProp rule =
            RmsProp.builder().momentum(0.9 * (variant & 1)).centered((variant & 2) != 0).build();
        for (int from = 0; from <= GAP; from += GAP) {
          for (int gradsFrom = 0; gradsFrom <= GAP; gradsFrom += GAP) {
            assertArrayEquals(
                stepped(DataType.FLOAT32, rule, policy, length, from, gradsFrom),
                stepped(DataType.BFLOAT16, rule, policy, length, from, gradsFrom));
          }
        }
      }
    }
  }

  private float[] stepped(
      DataType type, RmsProp rule, GradientPolicy policy, int length, int from, int gradsFrom) {
    int room = length + GAP;
    try (DeviceBuffer params = backend.allocate(DataType.FLOAT32, room);
        DeviceBuffer grads = backend.allocate(type, room);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, room);
        GradientDecision decision =
            policy == null ? null : GradientDecision.allocate(backend, policy, type, length)) {
      DeviceBuffer p = params.slice(from, length);
      DeviceBuffer g = grads.slice(gradsFrom, length);
      RmsPropState s = state.slice(from, length);
      for (int step = 0; step < 3; step++) {
        g.write(0, gradients(type, length, step));
        if (policy == null) {
          backend.step(rule, p, g, s);
        } else {
          backend.measure(g, decision);
          backend.step(rule, p, g, s, decision);
        }
      }
      float[] all = new float[4 * room];
      params.read(0, all, 0, room);
      state.squareAverage().read(0, all, room, room);
      state.momentum().ifPresent(momentum -> momentum.read(0, all, 2 * room, room));
      state.gradientAverage().ifPresent(average -> average.read(0, all, 3 * room, room));
      return all;
    }
  }

  /** Any bits of 16, infinities and NaNs in the last step among them. */
  private static ByteBuffer gradients(DataType type, int length, int step) {
    SplittableRandom random = new SplittableRandom(step);
    ByteBuffer bytes = ByteBuffer.allocate(length * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < length; i++) {
      float any = Float.intBitsToFloat(random.nextInt() << Short.SIZE);
      double ordinary = DataType.BFLOAT16.round(random.nextDouble() - 0.5);
      type.put(bytes, i * type.bytes(), step < 2 ? ordinary : any);
    }
    return bytes;
  }
}
