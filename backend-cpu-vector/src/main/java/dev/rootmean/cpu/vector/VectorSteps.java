package dev.rootmean.cpu.vector;

import dev.rootmean.cpu.ForeignSteps;

/**
 * Steps by the Vector API, which is an incubator module of Java's.
 *
 * @since 0.1.0
 */
public final class VectorSteps implements ForeignSteps {
  private final FloatVectorStep floats;
  private final DoubleVectorStep doubles;

  /**
   * Called by {@link java.util.ServiceLoader}.
   *
   * @throws UnsupportedOperationException if this JVM cannot do it, with what to do
   */
  public VectorSteps() {
    if (Runtime.version().feature() < 22) {
      throw new UnsupportedOperationException("backend-cpu-vector needs Java 22 or later");
    }
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new UnsupportedOperationException("start Java with --add-modules jdk.incubator.vector");
    }
    try {
      floats = new FloatVectorStep();
      doubles = new DoubleVectorStep();
    } catch (ExceptionInInitializerError e) {
      if (!(e.getCause() instanceof IllegalCallerException)) {
        throw e;
      }
      Module module = VectorSteps.class.getModule();
      String who = module.isNamed() ? module.getName() : "ALL-UNNAMED";
      throw new UnsupportedOperationException("start Java with --enable-native-access=" + who, e);
    }
  }

  @Override
  public int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    return floats.step(k, params, grads, v, b, m, from, count);
  }

  @Override
  public int step(
      double[] k,
      long params,
      long grads,
      double[] v,
      double[] b,
      double[] m,
      int from,
      int count) {
    return doubles.step(k, params, grads, v, b, m, from, count);
  }
}
