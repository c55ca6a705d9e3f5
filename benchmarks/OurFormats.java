import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;

/** What Rootmean stores accumulators as: the library itself, on the CPU. */
final class OurFormats {
  private static final int SEED = 1;

  private OurFormats() {}

  static Accumulator.Format of(DataType type) {
    return decay -> begin(type, decay);
  }

  /** Parameters are there, since a step has some. */
  private static Accumulator begin(DataType type, double decay) {
    RmsProp rule = RmsProp.builder().decay(decay).initialSquareAverage(1).build();
    Precision precision = Precision.FLOAT32.withAccumulators(type).withSeed(SEED);
    OptimizerBackend backend = Backends.open("cpu");
    DeviceBuffer parameters = backend.allocate(DataType.FLOAT32, Accumulator.BLOCK);
    DeviceBuffer grads = backend.allocate(DataType.FLOAT32, Accumulator.BLOCK);
    RmsPropState state = RmsPropState.allocate(backend, rule, precision, 0, Accumulator.BLOCK);
    return new Accumulator() {
      @Override
      public float[] step(long attempt, float[] gradients) {
        grads.write(gradients);
        state.attempt(attempt);
        backend.step(rule, parameters, grads, state);
        float[] v = new float[BLOCK];
        state.squareAverage().read(v);
        return v;
      }

      @Override
      public void close() {
        state.close();
        grads.close();
        parameters.close();
        backend.close();
      }
    };
  }
}
