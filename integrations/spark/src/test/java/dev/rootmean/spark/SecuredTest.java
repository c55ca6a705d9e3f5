package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.GradientPolicy;
import dev.rootmean.Preset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the settings of docs/spark.md for other people's networks, and with impatient ones. */
@StartsSpark
@Tag("thorough")
class SecuredTest {
  private static final int STEPS = 6;

  private static final Problem PROBLEM =
      Problem.of(Preset.KERAS.rule().toBuilder().momentum(0.9).build())
          .with(GradientPolicy.NONE.withNormClip(0.5));

  /** Some of the first parameters. */
  private static final float[] SECRET = Arrays.copyOf(PROBLEM.first(0), 16);

  /** Less than all parameters have. */
  private static final int BYTES = 1_000 * Float.BYTES;

  @TempDir private Path folder;

  private static SparkConf secured() {
    return Cluster.conf(2, 1)
        .set("spark.authenticate", "true")
        .set("spark.authenticate.secret", UUID.randomUUID().toString())
        .set("spark.network.crypto.enabled", "true")
        .set("spark.io.encryption.enabled", "true")
        .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
        .set("spark.kryo.registrationRequired", "true");
  }

  private interface Meanwhile {
    void run() throws Exception;
  }

  private void train(JavaSparkContext spark, String event, Path faults, Meanwhile meanwhile)
      throws Exception {
    GradientFunction<Integer> function = Problem.function(PROBLEM.lengths().size());
    String slow = faults.resolve("slow-gradient").toString();
    try (ShardedTraining training =
        PROBLEM
            .builder(spark, folder.resolve("run"))
            .checkpoints(folder.resolve("run"), 4)
            .backend("faulty:" + faults)
            .shards(2)
            .build(
                Problem.data(spark, 2),
                (step, data) -> {
                  double loss = function.gradient(step, data);
                  if (Files.deleteIfExists(Path.of(slow))) {
                    FaultyDevice.dawdle();
                  }
                  return loss;
                })) {
      training.run(STEPS / 2, result -> {});
      meanwhile.run();
      Path file = Files.createFile(faults.resolve(event));
      training.run(STEPS - STEPS / 2, result -> {});
      assertFalse(Files.exists(file), event + " did not happen");
      Map<String, float[]> expected = PROBLEM.reference(2, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
  }

  /** Everything that is sent or kept is of a class that Kryo knows without being told. */
  @Test
  void authenticatedAndEncryptedWhileOneDies() throws Exception {
    Path faults = Files.createDirectory(folder.resolve("faults"));
    try (Wire wire = new Wire();
        JavaSparkContext spark = Cluster.open(wire.between(secured()))) {
      train(
          spark,
          FaultyDevice.HALT_IN_STEP,
          faults,
          () -> {
            String application = spark.sc().applicationId();
            RuntimeException e =
                assertThrows(RuntimeException.class, () -> wire.givesToStrangers(application));
            assertFalse(e.getCause() instanceof TimeoutException, e.toString());
          });
      assertFalse(wire.hasSeen(SECRET), "parameters can be read");
      assertTrue(wire.bytes() > BYTES, "there was nothing to be read");
      Exception e = // the setting is one that is obeyed
          assertThrows(
              Exception.class,
              () -> spark.parallelize(List.of(1), 1).map(AtomicInteger::new).collect());
      assertTrue(e.getMessage().contains("not registered"), e.getMessage());
    }
  }

  private static final class Speculations extends SparkListener {
    private final AtomicInteger count = new AtomicInteger();

    @Override
    public void onSpeculativeTaskSubmitted(SparkListenerSpeculativeTaskSubmitted submitted) {
      count.incrementAndGet();
    }
  }

  /** Without those settings, which shows what they are worth: who listens, or asks, is told. */
  @Test
  void tasksThatAreBegunTwiceWhereEverybodyCanRead() throws Exception {
    Path faults = Files.createDirectory(folder.resolve("faults"));
    Speculations speculations = new Speculations();
    SparkConf conf =
        Cluster.conf(2, 1)
            .set("spark.speculation", "true")
            .set("spark.speculation.interval", "100ms")
            .set("spark.speculation.multiplier", "1.1")
            .set("spark.speculation.quantile", "0.5")
            .set("spark.speculation.minTaskRuntime", "500ms")
            .set("spark.locality.wait", "0s");
    try (Wire wire = new Wire();
        JavaSparkContext spark = Cluster.open(wire.between(conf))) {
      spark.sc().addSparkListener(speculations);
      train(
          spark,
          FaultyDevice.DAWDLE,
          faults,
          () -> assertTrue(wire.givesToStrangers(spark.sc().applicationId())));
      assertTrue(wire.hasSeen(SECRET), "parameters are not found where they can be read");
      assertTrue(speculations.count.get() > 0, "no step was begun twice");
      int before = speculations.count.get();
      Path run = folder.resolve("run");
      Files.move(run, folder.resolve("done"));
      train(spark, "slow-gradient", faults, () -> {});
      assertTrue(speculations.count.get() > before, "no gradient was begun twice");
    }
  }
}
