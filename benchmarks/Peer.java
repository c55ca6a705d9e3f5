import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.Arrays;
import java.util.List;

/** An optimizer beside others, with tensors of its own: see peers. */
interface Peer extends AutoCloseable {
  /** Steps all tensors. */
  void step();

  /** Waits until the steps are done; most are when they return. */
  default void await() {}

  /** The parameters of one tensor. */
  float[] parameters(int tensor);

  /** How its steps are timed. */
  default Turn turn() {
    return Turn.of(this::step, this::await);
  }

  @Override
  void close();

  /** A turn in which something else comes before each step, and is not timed. */
  default Turn turnAfter(Runnable before) {
    return calls -> {
      long nanos = 0;
      for (int i = 0; i < calls; i++) {
        before.run();
        long start = System.nanoTime();
        step();
        await();
        nanos += System.nanoTime() - start;
      }
      return (double) nanos / calls;
    };
  }

  /** What all peers of a row do. */
  record Work(RmsProp rule, int... lengths) {
    float[] parameters(int tensor) {
      return Subject.values(lengths[tensor], 2 * tensor + 1);
    }

    float[] gradients(int tensor) {
      return Subject.values(lengths[tensor], 2 * tensor + 2);
    }

    int elements() {
      return Arrays.stream(lengths).sum();
    }
  }

  /** Makes peers of one kind. */
  interface Maker {
    Peer make(Work work);
  }

  /**
   * A kind of peers.
   *
   * @param preset what makes our rule its formula; null if that is another one
   * @param variants those that it has
   */
  record Kind(String name, Preset preset, List<String> variants, Maker maker) {
    /**
     * Our rule of its formula; ε and the rate are so large that numbers show what is done with
     * them.
     */
    RmsProp rule(String variant) {
      return (preset == null ? RmsProp.builder() : preset.rule().toBuilder())
          .learningRate(0.1)
          .decay(0.9)
          .epsilon(0.1)
          .momentum(variant.startsWith("momentum") ? 0.9 : 0)
          .centered(variant.endsWith("centered"))
          .build();
    }
  }
}
