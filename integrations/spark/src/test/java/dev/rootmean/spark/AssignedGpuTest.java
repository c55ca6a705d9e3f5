package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Preset;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.emulator.CudaEmulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An executor steps on the GPU that Spark has assigned to its tasks: here the second of two. */
@StartsSpark
@Tag("thorough")
class AssignedGpuTest {
  private static final int WORKERS = 1;
  private static final int STEPS = 3;

  private static final Problem PROBLEM =
      Problem.of(Preset.PYTORCH.rule().toBuilder().momentum(0.9).build());

  @TempDir private Path folder;

  /** A machine whose second GPU alone is Spark's to give. */
  private SparkConf conf() throws IOException {
    Path script =
        Files.writeString(
            folder.resolve("gpus"),
            "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"1\"]}'\n");
    assertTrue(script.toFile().setExecutable(true));
    return Cluster.conf(1, 1)
        .set("spark.worker.resource.gpu.amount", "1")
        .set("spark.worker.resource.gpu.discoveryScript", script.toString())
        .set("spark.executor.resource.gpu.amount", "1")
        .set("spark.task.resource.gpu.amount", "1")
        .set("spark.executorEnv.LD_LIBRARY_PATH", CudaEmulator.library().getParent().toString())
        .set("spark.executorEnv.ROOTMEAN_CUDA_EMULATOR", "devices=2");
  }

  @Test
  void isTheOneThatIsStepped() throws IOException {
    if (!CudaEmulator.isBuilt()) {
      RequiredBackends.skipOrFail(
          "cuda", "the CUDA emulator is not built: run testing/cuda-emulator/build");
    }
    String seen = folder.resolve("seen").toString();
    GradientFunction<Integer> function = Problem.function(PROBLEM.lengths().size());
    try (JavaSparkContext spark = Cluster.open(conf());
        ShardedTraining training =
            PROBLEM
                .builder(spark, folder.resolve("run"))
                .backend("auto")
                .shards(2)
                .build(
                    Problem.data(spark, WORKERS),
                    (step, data) -> {
                      long steps =
                          CudaEmulator.launches().stream()
                              .filter(launch -> launch.kernel().startsWith("rmsprop_"))
                              .count();
                      String device = ExecutorBackend.open("auto").info().device();
                      Files.writeString(Path.of(seen + step.step()), steps + " on " + device);
                      return function.gradient(step, data);
                    })) {
      training.run(STEPS);
      Map<String, float[]> expected = PROBLEM.reference(WORKERS, STEPS);
      assertEquals(0, Problem.differences(expected, training.parameters()));
    }
    List<String> first = List.of(Files.readString(Path.of(seen + 0)).split(" ", 3));
    List<String> last = List.of(Files.readString(Path.of(seen + (STEPS - 1))).split(" ", 3));
    assertTrue(last.get(2).startsWith("Emulated CUDA device 1 "), last.get(2));
    int stepped = Integer.parseInt(last.get(0)) - Integer.parseInt(first.get(0));
    assertTrue(stepped > 0, "no shard was stepped there");
  }
}
