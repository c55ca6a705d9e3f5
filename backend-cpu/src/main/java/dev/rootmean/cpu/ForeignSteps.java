package dev.rootmean.cpu;

/**
 * Steps of parameters and gradients that lie outside the Java heap, without a copy. Java 17 has no
 * fast loop over such memory; who has one on a later Java is found by {@link
 * java.util.ServiceLoader}. The bits are those that {@link dev.rootmean.RmsProp} defines.
 *
 * @since 0.1.0
 */
public interface ForeignSteps {
  /**
   * Steps floats, as many as it can: the caller does the rest. Several threads may call it at once.
   *
   * @param k the numbers of the rule, in the order of {@link dev.rootmean.spi.Kernel#numbers}
   * @param params the address of the first parameter
   * @param grads the address of the first gradient
   * @param v the averages of squares
   * @param b the momentums; null if the rule has none
   * @param m the averages of gradients; null if the rule has none
   * @param from where the elements begin in each array
   * @param count how many elements there are, at least 1
   * @return how many were stepped, from the first on: 0 to count
   */
  int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count);

  /**
   * Steps doubles, as many as it can: the caller does the rest. Several threads may call it at
   * once.
   *
   * @param k the numbers of the rule, in the order of {@link dev.rootmean.spi.Kernel#numbers}
   * @param params the address of the first parameter
   * @param grads the address of the first gradient
   * @param v the averages of squares
   * @param b the momentums; null if the rule has none
   * @param m the averages of gradients; null if the rule has none
   * @param from where the elements begin in each array
   * @param count how many elements there are, at least 1
   * @return how many were stepped, from the first on: 0 to count
   */
  int step(
      double[] k, long params, long grads, double[] v, double[] b, double[] m, int from, int count);
}
