package dev.rootmean.spi;

import dev.rootmean.BackendException;
import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DataType.Carrier;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Precision;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A few steps whose bits are known, of each family of kernels: a driver, or a cache of compiled
 * kernels, that computes something else is found out before it trains a model. One family is tried
 * when a device is opened, the others when they are first used.
 *
 * @since 0.1.0
 */
public final class KnownAnswer {
  /** The family that is tried when a device is opened. */
  static final String FIRST = Kernels.families().get(0);

  /** Neither a multiple of what devices compute at a time nor near one. */
  private static final int LENGTH = 1_003;

  /** So many gradients are measured: those of a whole chunk, and of a part of one. */
  private static final int MEASURED = Kernel.CHUNK + LENGTH;

  private static final double[] SPECIAL_FLOATS = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL / 3,
    Float.MAX_VALUE,
    1e-20f,
    -3e19f
  };

  private static final double[] SPECIAL_DOUBLES = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.MIN_VALUE,
    -Double.MIN_NORMAL / 3,
    Double.MAX_VALUE,
    1e-160,
    -3e154
  };

  /** It clips the ordinary gradients both by their norm and by value. */
  static final GradientPolicy POLICY =
      GradientPolicy.NONE
          .withNormClip(11, 0.25)
          .withValueClip(0.5)
          .withLossScale(GradientPolicy.LossScale.constant(3))
          .withNonFinite(GradientPolicy.NonFinite.SKIP_STEP);

  /** Where the elements are cut if they are stepped as several tensors: the last is unaligned. */
  private static final int[] CUTS = {0, 404, 701};

  /** The same of elements whose accumulators are in blocks: one, many, and some with a part. */
  private static final int[] BLOCK_CUTS = {0, Block8.SIZE, 14 * Block8.SIZE};

  /** Among the places of the elements, and the attempts, the upper halves are not all zero. */
  static final long PLACE = (1L << 32) - 100;

  static final long FIRST_ATTEMPT = (7L << 32) + 5;
  private static final long SEED = 0x9E37_79B9_7F4A_7C15L;

  private KnownAnswer() {}

  /**
   * Tries what is used first on a device that has just been opened.
   *
   * @param backend is stepped, with buffers of its own
   * @throws BackendException if bits are wrong on a device that says that it is exact
   */
  public static void demand(OptimizerBackend backend) {
    demand(backend, FIRST, false, "open");
  }

  static void demand(OptimizerBackend backend, String family, boolean together, String operation) {
    Optional<String> wrong = wrongStep(backend, family, together);
    BackendInfo info = backend.info();
    if (wrong.isPresent() && info.exact()) {
      String reason =
          info.device()
              + " is refused: its step "
              + wrong.get()
              + (together ? " of several tensors" : "")
              + " gives other bits than RmsProp defines (a faulty driver, or a stale kernel cache)";
      throw new BackendException(info.name(), operation, reason, null);
    }
  }

  static Optional<String> wrongStep(OptimizerBackend backend, String family, boolean together) {
    List<Integer> right = KnownHashes.of(family);
    List<Kernel> steps = Kernels.stepsOf(family);
    for (int i = 0; i < steps.size(); i++) {
      if (right.get(i) != hash(backend, steps.get(i), together)) {
        return Optional.of(steps.get(i).name());
      }
    }
    return Optional.empty();
  }

  static List<Integer> hashes(OptimizerBackend backend, String family) {
    return Kernels.stepsOf(family).stream().map(step -> hash(backend, step, false)).toList();
  }

  /**
   * Steps all, and then all but the first element, which puts everything out of alignment; where
   * accumulators are in blocks, these once more, by the next parameters and gradients. With a
   * policy, measures ordinary gradients before, steps by what is left of them, and adds. The bits
   * are the same if the elements are those of several tensors, which are stepped together.
   */
  private static int hash(OptimizerBackend backend, Kernel step, boolean together) {
    boolean decided = step.row("d") >= 0;
    boolean inBlocks = type(step, "v").isInBlocks();
    int length = decided || inBlocks ? MEASURED : LENGTH;
    int kept = inBlocks ? length - 1 : length;
    double momentum = step.row("b") >= 0 ? 0.9 : 0;
    DataType gradType = type(step, "g");
    Precision precision =
        new Precision(
            type(step, "p"), gradType, type(step, "v"), step.row("r") >= 0, step.rounding(), SEED);
    RmsProp rule =
        RmsProp.builder()
            .learningRate(0.01)
            .epsilon(1e-6)
            .momentum(momentum)
            .nesterov(momentum != 0)
            .centered(step.row("m") >= 0)
            .weightDecay(0.02)
            .initialSquareAverage(0.3)
            .build();
    if (step.shape() == Kernel.Shape.EACH_ROW) {
      return KnownRows.hash(backend, step, rule, precision);
    }
    try (DeviceBuffer params = backend.allocate(precision.parameters(), length);
        DeviceBuffer grads = backend.allocate(gradType, length);
        DeviceBuffer sum = decided ? backend.allocate(step.compute(), length) : null;
        RmsPropState state = RmsPropState.allocate(backend, rule, precision, PLACE, kept);
        GradientDecision decision =
            decided ? GradientDecision.allocate(backend, POLICY, gradType, length) : null) {
      fill(params, 1, true);
      state.remainder().ifPresent(remainder -> fill(remainder, 4, true));
      for (int from = 0; from < 2; from++) {
        fill(grads, 2 + from, !decided);
        state.attempt(FIRST_ATTEMPT + from);
        int count = inBlocks ? kept : length - from;
        DeviceBuffer p = params.slice(from, count);
        DeviceBuffer g = grads.slice(from, count);
        RmsPropState s = inBlocks ? state : state.slice(from, count);
        if (decided) {
          backend.measure(g, decision);
        }
        if (together) {
          stepTogether(backend, rule, p, g, s, decision);
        } else if (decided) {
          backend.step(rule, p, g, s, decision);
        } else {
          backend.step(rule, p, g, s);
        }
      }
      int hash = 31 * hash(params) + hash(state.squareAverage());
      hash = 31 * hash + hash(grads);
      hash = 31 * hash + state.momentum().map(KnownAnswer::hash).orElse(0);
      hash = 31 * hash + state.gradientAverage().map(KnownAnswer::hash).orElse(0);
      if (precision.remainder()) {
        hash = 31 * hash + hash(state.remainder().orElseThrow());
      }
      if (decided) {
        fill(sum, 5, false);
        sum.add(grads);
        hash = 31 * (31 * hash + hash(decision.buffer())) + hash(sum);
      }
      return hash;
    }
  }

  static int hash(RmsPropState state) {
    int hash = hash(state.squareAverage());
    hash = 31 * hash + state.momentum().map(KnownAnswer::hash).orElse(0);
    hash = 31 * hash + state.gradientAverage().map(KnownAnswer::hash).orElse(0);
    return 31 * hash + state.remainder().map(KnownAnswer::hash).orElse(0);
  }

  private static DataType type(Kernel step, String row) {
    return step.rows().get(step.row(row)).type();
  }

  private static void stepTogether(
      OptimizerBackend backend,
      RmsProp rule,
      DeviceBuffer params,
      DeviceBuffer grads,
      RmsPropState state,
      GradientDecision decision) {
    MultiTensorStep step = backend.multiTensorStep();
    int[] cuts = state.squareAverage().dataType().isInBlocks() ? BLOCK_CUTS : CUTS;
    for (int i = 0; i < cuts.length; i++) {
      long end = i + 1 < cuts.length ? cuts[i + 1] : params.length();
      long length = end - cuts[i];
      step.add(
          params.slice(cuts[i], length),
          grads.slice(cuts[i], length),
          state.slice(cuts[i], length));
    }
    for (int done = 0; done < cuts.length; ) {
      done += decision == null ? step.step(rule, done) : step.step(rule, done, decision);
    }
  }

  /** Any NaN equals any NaN, but in fewer than 32 bits, where there is one alone. */
  static int hash(DeviceBuffer buffer) {
    DataType type = buffer.dataType();
    ByteBuffer bytes = bytes(buffer);
    buffer.read(0, bytes);
    int hash = buffer.bases().map(KnownAnswer::hash).orElse(0);
    for (int i = 0; i < buffer.length(); i++) {
      if (type.carrier() == Carrier.SHORT) {
        hash = 31 * hash + bytes.getShort(i * type.bytes());
        continue;
      }
      if (type.isInBlocks()) {
        hash = 31 * hash + bytes.get(i);
        continue;
      }
      double x = type.get(bytes, i * type.bytes());
      boolean isFloat = type.compute() == DataType.FLOAT32; // whose last bits are high ones of x
      hash = 31 * hash + (isFloat ? Float.hashCode((float) x) : Double.hashCode(x));
    }
    return hash;
  }

  private static ByteBuffer bytes(DeviceBuffer buffer) {
    int size = Math.toIntExact(buffer.length()) * buffer.dataType().bytes();
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  /**
   * Ordinary numbers, some of them subnormal in FLOAT16; or if wanted the special ones in ever new
   * company, and any bits. Of lower halves that one is special which is as far from one upper half
   * as from the next.
   */
  static void fill(DeviceBuffer buffer, int seed, boolean special) {
    DataType type = buffer.dataType();
    double[] specials = type.compute() == DataType.FLOAT32 ? SPECIAL_FLOATS : SPECIAL_DOUBLES;
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer bytes = bytes(buffer);
    for (int i = 0; i < buffer.length(); i++) {
      int at = i * type.bytes();
      switch (special ? i % 4 : 3) {
        case 0 ->
            type.put(
                bytes,
                at,
                type == DataType.INT16
                    ? Short.MIN_VALUE
                    : specials[random.nextInt(specials.length)]);
        case 1 -> {
          for (int b = 0; b < type.bytes(); b++) {
            bytes.put(at + b, (byte) random.nextInt());
          }
        }
        default -> {
          double scale = !special && i % 8 == 7 ? 0x1p-16 : 1;
          type.put(bytes, at, (random.nextDouble() * 4 - 2) * scale);
        }
      }
    }
    buffer.write(0, bytes);
  }
}
