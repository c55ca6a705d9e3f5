package dev.rootmean.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The step for floats, a vector at a time, in the order of the formula. One method a variant: what
 * C2 has never seen a method do, it leaves out of the code that it makes. None calls one of ours: a
 * vector that goes from one to another is an object, whenever C2 does not inline that.
 */
final class FloatVectorStep {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** A segment of its own for each step would have to be allocated. */
  @SuppressWarnings("restricted") // who wraps memory by its address vouches for it
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final int MOMENTUM = 1;
  private static final int CENTERED = 2;

  /** What tells whether a loop is compiled by now: of one vector the clock tells too little. */
  private static final int TRIAL = 4 * LANES;

  /** What runs between two looks at the clock. */
  private static final int PIECE = 256 * LANES;

  /** A vector takes 5 to 60 ns where it is compiled, and 900 to 6,000 where it is not. */
  private static final int MOST_NANOS = 300;

  /** After so many slow trials in a row, more than C2 waits for, they become rare. */
  private static final int PATIENCE = 20_000;

  private static final int RARELY = 1_000;

  /**
   * How often in a row each variant was slow; 0 where it is compiled. Threads may be late to see
   * it: it decides where elements are stepped, and no bit.
   */
  private final long[] slow = {1, 1, 1, 1};

  /** Steps whole vectors: all, or a few, to try whether their loop is compiled by now; or none. */
  int step(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    int variant = (b == null ? 0 : MOMENTUM) + (m == null ? 0 : CENTERED);
    int whole = count / LANES * LANES;
    if (whole == 0) {
      return 0;
    }
    if (slow[variant] > PATIENCE && slow[variant] % RARELY != 0) {
      slow[variant]++;
      return 0;
    }
    int done = 0;
    long start = System.nanoTime();
    while (done < whole) {
      int piece = Math.min(slow[variant] == 0 ? PIECE : TRIAL, whole - done);
      long at = (long) done * Float.BYTES;
      run(k, params + at, grads + at, v, b, m, from + done, piece);
      done += piece;
      long end = System.nanoTime();
      if (end - start >= (long) MOST_NANOS * (piece / LANES)) {
        slow[variant]++;
        return done;
      }
      if (slow[variant] != 0) { // to store it costs other threads more than to ask
        slow[variant] = 0;
      }
      start = end;
    }
    return done;
  }

  static void run(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    if (b == null && m == null) {
      plain(k, params, grads, v, from, count);
    } else if (m == null) {
      momentum(k, params, grads, v, b, from, count);
    } else if (b == null) {
      centered(k, params, grads, v, m, from, count);
    } else {
      centeredMomentum(k, params, grads, v, b, m, from, count);
    }
  }

  private static void plain(float[] k, long params, long grads, float[] v, int from, int count) {
    float scale = k[0], l2 = k[1], decay = k[2], oneMinusDecay = k[3];
    float inside = k[4], outside = k[5], shrink = k[6], outer = k[7];
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, MEMORY, params + at, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(SPECIES, MEMORY, grads + at, ORDER);
      g = g.mul(scale).add(p.mul(l2));
      FloatVector x =
          FloatVector.fromArray(SPECIES, v, from + i).mul(decay).add(g.mul(oneMinusDecay).mul(g));
      x.intoArray(v, from + i);
      FloatVector u = g.div(x.add(inside).sqrt().add(outside));
      p = p.sub(p.mul(shrink)).sub(u.mul(outer));
      p.intoMemorySegment(MEMORY, params + at, ORDER);
    }
  }

  private static void momentum(
      float[] k, long params, long grads, float[] v, float[] b, int from, int count) {
    float scale = k[0], l2 = k[1], decay = k[2], oneMinusDecay = k[3];
    float inside = k[4], outside = k[5], shrink = k[6], outer = k[7];
    float inner = k[8], momentum = k[9], ahead = k[10], along = k[11];
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, MEMORY, params + at, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(SPECIES, MEMORY, grads + at, ORDER);
      g = g.mul(scale).add(p.mul(l2));
      FloatVector x =
          FloatVector.fromArray(SPECIES, v, from + i).mul(decay).add(g.mul(oneMinusDecay).mul(g));
      x.intoArray(v, from + i);
      FloatVector u = g.div(x.add(inside).sqrt().add(outside));
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + i).mul(momentum).add(u.mul(inner));
      b1.intoArray(b, from + i);
      FloatVector moved = b1.mul(ahead).add(u.mul(along));
      p = p.sub(p.mul(shrink)).sub(moved.mul(outer));
      p.intoMemorySegment(MEMORY, params + at, ORDER);
    }
  }

  private static void centered(
      float[] k, long params, long grads, float[] v, float[] m, int from, int count) {
    float scale = k[0], l2 = k[1], decay = k[2], oneMinusDecay = k[3];
    float inside = k[4], outside = k[5], shrink = k[6], outer = k[7];
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, MEMORY, params + at, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(SPECIES, MEMORY, grads + at, ORDER);
      g = g.mul(scale).add(p.mul(l2));
      FloatVector weighed = g.mul(oneMinusDecay);
      FloatVector v1 = FloatVector.fromArray(SPECIES, v, from + i).mul(decay).add(weighed.mul(g));
      v1.intoArray(v, from + i);
      FloatVector m1 = FloatVector.fromArray(SPECIES, m, from + i).mul(decay).add(weighed);
      m1.intoArray(m, from + i);
      FloatVector x = v1.sub(m1.mul(m1)).abs();
      FloatVector u = g.div(x.add(inside).sqrt().add(outside));
      p = p.sub(p.mul(shrink)).sub(u.mul(outer));
      p.intoMemorySegment(MEMORY, params + at, ORDER);
    }
  }

  private static void centeredMomentum(
      float[] k, long params, long grads, float[] v, float[] b, float[] m, int from, int count) {
    float scale = k[0], l2 = k[1], decay = k[2], oneMinusDecay = k[3];
    float inside = k[4], outside = k[5], shrink = k[6], outer = k[7];
    float inner = k[8], momentum = k[9], ahead = k[10], along = k[11];
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, MEMORY, params + at, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(SPECIES, MEMORY, grads + at, ORDER);
      g = g.mul(scale).add(p.mul(l2));
      FloatVector weighed = g.mul(oneMinusDecay);
      FloatVector v1 = FloatVector.fromArray(SPECIES, v, from + i).mul(decay).add(weighed.mul(g));
      v1.intoArray(v, from + i);
      FloatVector m1 = FloatVector.fromArray(SPECIES, m, from + i).mul(decay).add(weighed);
      m1.intoArray(m, from + i);
      FloatVector x = v1.sub(m1.mul(m1)).abs();
      FloatVector u = g.div(x.add(inside).sqrt().add(outside));
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + i).mul(momentum).add(u.mul(inner));
      b1.intoArray(b, from + i);
      FloatVector moved = b1.mul(ahead).add(u.mul(along));
      p = p.sub(p.mul(shrink)).sub(moved.mul(outer));
      p.intoMemorySegment(MEMORY, params + at, ORDER);
    }
  }
}
