package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.ForeignMemory;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose memory a row is, and where on a page it begins, changes no bit. */
class WrappedRowsTest {
  private static final int ROUNDS = 120;
  private static final int MOST = 3 * Pages.SIZE;
  private static final GradientPolicy NORM =
      GradientPolicy.NONE.withNormClip(0.5).withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  CpuDevice device(int threads) {
    return new CpuDevice(threads);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theBitsAreThoseOfOwnBuffers(int threads) {
    SplittableRandom random = new SplittableRandom(threads);
    try (OptimizerBackend backend = device(threads).backend()) {
      for (int round = 0; round < ROUNDS; round++) {
        DataType type = random.nextBoolean() ? DataType.FLOAT32 : DataType.FLOAT64;
        int length = 1 + random.nextInt(random.nextBoolean() ? 100 : MOST);
        RmsProp rule =
            RmsProp.builder()
                .momentum(random.nextBoolean() ? 0.9 : 0)
                .centered(random.nextBoolean())
                .build();
        long seed = random.nextLong();
        boolean measured = random.nextBoolean();
        Case own = new Case(backend, rule, type, length, new int[3], new boolean[2]);
        int[] offsets = {offset(random), offset(random), offset(random)};
        boolean[] wrapped = {random.nextBoolean(), random.nextBoolean()};
        Case rows = new Case(backend, rule, type, length, offsets, wrapped);
        assertArrayEquals(own.stepped(seed, measured), rows.stepped(seed, measured));
      }
    }
  }

  /** Often the same: then rows lie at one place on their pages. */
  private static int offset(SplittableRandom random) {
    return random.nextBoolean() ? 0 : random.nextInt(2 * Pages.SIZE);
  }

  private static final class Case {
    private final OptimizerBackend backend;
    private final RmsProp rule;
    private final DataType type;
    private final int length;
    private final int[] offsets;
    private final boolean[] wrapped;

    Case(
        OptimizerBackend backend,
        RmsProp rule,
        DataType type,
        int length,
        int[] offsets,
        boolean[] wrapped) {
      this.backend = backend;
      this.rule = rule;
      this.type = type;
      this.length = length;
      this.offsets = offsets;
      this.wrapped = wrapped;
    }

    private DeviceBuffer take(int row) {
      int room = offsets[row] + length;
      if (!wrapped[row]) {
        return backend.allocate(type, room);
      }
      ByteBuffer bytes =
          ByteBuffer.allocateDirect(room * type.bytes()).order(ByteOrder.nativeOrder());
      return backend.wrap(
          type == DataType.FLOAT32
              ? ForeignMemory.of(bytes.asFloatBuffer())
              : ForeignMemory.of(bytes.asDoubleBuffer()));
    }

    private ByteBuffer numbers(SplittableRandom random) {
      ByteBuffer bytes = ByteBuffer.allocate(length * type.bytes()).order(ByteOrder.nativeOrder());
      for (int i = 0; i < length; i++) {
        type.put(bytes, i * type.bytes(), random.nextDouble() - 0.5);
      }
      return bytes;
    }

    byte[] stepped(long seed, boolean measured) {
      SplittableRandom random = new SplittableRandom(seed);
      try (DeviceBuffer allParams = take(0);
          DeviceBuffer allGrads = take(1);
          RmsPropState allState = RmsPropState.allocate(backend, rule, type, offsets[2] + length);
          GradientDecision decision = GradientDecision.allocate(backend, NORM, type, length)) {
        DeviceBuffer params = allParams.slice(offsets[0], length);
        DeviceBuffer grads = allGrads.slice(offsets[1], length);
        RmsPropState state = allState.slice(offsets[2], length);
        params.write(0, numbers(random));
        for (int step = 0; step < 2; step++) {
          grads.write(0, numbers(random));
          if (measured) {
            backend.measure(grads, decision);
            backend.step(rule, params, grads, state, decision);
          } else {
            backend.step(rule, params, grads, state);
          }
        }
        grads.copyFrom(params);
        params.add(grads);
        ByteBuffer all = ByteBuffer.allocate(3 * length * type.bytes());
        params.read(0, all.limit(length * type.bytes()));
        grads.read(0, all.limit(2 * length * type.bytes()));
        state.squareAverage().read(0, all.limit(all.capacity()));
        return all.array();
      }
    }
  }
}
