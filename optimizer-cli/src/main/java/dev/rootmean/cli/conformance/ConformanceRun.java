package dev.rootmean.cli.conformance;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/** Steps a case on a backend and compares what comes out. */
final class ConformanceRun {
  /**
   * What came out of a case.
   *
   * @param test the case
   * @param supported whether the backend computes in the case's type; if not, nothing was run
   * @param worstRatio the largest error as a multiple of the tolerance; infinite where just one of
   *     both numbers is finite, or there is an error and no tolerance
   * @param worst the number with that error, in words
   */
  record Outcome(ConformanceCase test, boolean supported, double worstRatio, String worst) {
    boolean passed() {
      return supported && worstRatio <= 1;
    }

    boolean failed() {
      return supported && worstRatio > 1;
    }
  }

  private final OptimizerBackend backend;
  private final ConformanceCase test;
  private double worstRatio;
  private String worst = "";

  private ConformanceRun(OptimizerBackend backend, ConformanceCase test) {
    this.backend = backend;
    this.test = test;
  }

  static Outcome of(ConformanceCase test, OptimizerBackend backend) {
    boolean supported = backend.info().dataTypes().contains(test.type().compute());
    ConformanceRun run = new ConformanceRun(backend, test);
    if (supported) {
      run.run();
    }
    return new Outcome(test, supported, run.worstRatio, run.worst);
  }

  private void run() {
    DataType type = test.type();
    int length = test.start().get(Quantity.PARAMS).length;
    try (DeviceBuffer params = backend.allocate(type, length);
        DeviceBuffer grads = backend.allocate(type, length);
        RmsPropState state = RmsPropState.allocate(backend, test.rules().get(0), type, length)) {
      test.start().forEach((quantity, values) -> write(quantity.of(params, state), values));
      for (int i = 0; i < test.gradients().size(); i++) {
        int step = i + 1;
        write(grads, test.gradients().get(i));
        backend.step(test.rules().get(i), params, grads, state);
        for (ConformanceCase.Expected expected : test.expected()) {
          if (expected.step() == step) {
            expected
                .values()
                .forEach((q, values) -> compare(step, q, values, read(q.of(params, state))));
          }
        }
      }
    }
  }

  private void compare(int step, Quantity quantity, double[] expected, double[] found) {
    for (int i = 0; i < expected.length; i++) {
      double ratio = ratio(expected[i], found[i]);
      if (ratio > worstRatio) {
        worstRatio = ratio;
        worst =
            String.format(
                Locale.ROOT,
                "%s[%d] after step %d is %s, expected %s",
                quantity.expectedKey(),
                i,
                step,
                found[i],
                expected[i]);
      }
    }
  }

  private double ratio(double expected, double found) {
    if (expected == found || (Double.isNaN(expected) && Double.isNaN(found))) {
      return 0;
    }
    if (!Double.isFinite(expected) || !Double.isFinite(found)) {
      return Double.POSITIVE_INFINITY;
    }
    return Math.abs(found - expected) / (test.atol() + test.rtol() * Math.abs(expected));
  }

  private static void write(DeviceBuffer buffer, double[] values) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = bytes(buffer);
    for (int i = 0; i < values.length; i++) {
      type.put(bytes, i * type.bytes(), values[i]);
    }
    buffer.write(0, bytes);
  }

  private static double[] read(DeviceBuffer buffer) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = bytes(buffer);
    buffer.read(0, bytes);
    double[] values = new double[(int) buffer.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = type.get(bytes, i * type.bytes());
    }
    return values;
  }

  private static ByteBuffer bytes(DeviceBuffer buffer) {
    int size = Math.toIntExact(buffer.length()) * buffer.dataType().bytes();
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }
}
