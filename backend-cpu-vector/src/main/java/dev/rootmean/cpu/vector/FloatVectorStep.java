package dev.rootmean.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The step for floats, a vector at a time, in the order of the formula. */
final class FloatVectorStep {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** A segment of its own for each step would have to be allocated. */
  @SuppressWarnings("restricted") // who wraps memory by its address vouches for it
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** A vector takes some ten nanoseconds; until C2 has compiled the loop, a thousand and more. */
  private static final long MOST_NANOS = 200;

  /** Of the last step. Threads may be late to see it: it decides how fast all is, not what. */
  private boolean isCompiled;

  /** Steps whole vectors: all, or just one, to try whether the loop is compiled by now. */
  int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    if (count < SPECIES.length()) {
      return 0;
    }
    int vectors = isCompiled ? count / SPECIES.length() : 1;
    int stepped = vectors * SPECIES.length();
    long start = System.nanoTime();
    loop(k, params, grads, v, b, m, from, stepped);
    boolean isFast = System.nanoTime() - start < MOST_NANOS * (1 + vectors); // 1 for the clock
    if (isFast != isCompiled) { // to store it costs other threads more than to ask
      isCompiled = isFast;
    }
    return stepped;
  }

  static void loop(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    float scale = k[0], l2 = k[1], decay = k[2], oneMinusDecay = k[3];
    float epsilonInside = k[4], epsilonOutside = k[5], shrink = k[6], outer = k[7];
    float inner = k[8], momentum = k[9], ahead = k[10], along = k[11];
    for (int i = 0; i < count; i += SPECIES.length()) {
      long at = (long) i * Float.BYTES;
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, MEMORY, params + at, ORDER);
      FloatVector grad = FloatVector.fromMemorySegment(SPECIES, MEMORY, grads + at, ORDER);
      FloatVector g = grad.mul(scale).add(p.mul(l2));
      FloatVector weighed = g.mul(oneMinusDecay);
      FloatVector v0 = FloatVector.fromArray(SPECIES, v, from + i);
      FloatVector x = v0.mul(decay).add(weighed.mul(g));
      x.intoArray(v, from + i);
      if (m != null) {
        FloatVector m0 = FloatVector.fromArray(SPECIES, m, from + i);
        FloatVector m1 = m0.mul(decay).add(weighed);
        m1.intoArray(m, from + i);
        x = x.sub(m1.mul(m1)).abs();
      }
      FloatVector u = g.div(x.add(epsilonInside).sqrt().add(epsilonOutside));
      if (b != null) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, from + i);
        FloatVector b1 = b0.mul(momentum).add(u.mul(inner));
        b1.intoArray(b, from + i);
        u = b1.mul(ahead).add(u.mul(along));
      }
      p.sub(p.mul(shrink)).sub(u.mul(outer)).intoMemorySegment(MEMORY, params + at, ORDER);
    }
  }
}
