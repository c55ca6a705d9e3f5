package dev.rootmean.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.LossScale;
import dev.rootmean.Precision;
import dev.rootmean.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be is told by the builder, in one line, not by Spark's words on a task. */
@StartsSpark
class BadInputTest {
  private static final int WORKERS = 2;
  private static final Problem PROBLEM = Problem.of(Preset.PYTORCH.rule());

  @TempDir private Path folder;

  private static <E extends Exception> void refused(Class<E> type, String told, Executable what) {
    E e = assertThrows(type, what);
    assertTrue(e.getMessage().contains(told), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  private static void build(ShardedTrainingBuilder builder) throws IOException {
    builder
        .build(Problem.data(LocalSpark.get(), WORKERS), Problem.function(PROBLEM.lengths().size()))
        .close();
  }

  static Stream<Arguments> policies() {
    GradientPolicy none = GradientPolicy.NONE;
    return Stream.of(
        Arguments.of(none.withValueClip(1e-60), "valueClip 1.0E-60 is 0 in FLOAT32"),
        Arguments.of(none.withNormClip(1e-60), "normClip 1.0E-60 is 0 in FLOAT32"),
        Arguments.of(none.withNormClip(1, 1e-60), "normClipEpsilon 1.0E-60 is 0 in FLOAT32"),
        Arguments.of(
            none.withLossScale(new LossScale(1, 2, 0.5, 2, 1e-60)),
            "least loss scale 1.0E-60 is 0 in FLOAT32"),
        Arguments.of(none.withLossScale(LossScale.constant(1e300)), "lossScale 1.0E300 cannot"),
        Arguments.of(
            none.withLossScale(LossScale.constant(3e38)), "out of the sum of 2 workers in FLOAT32"),
        Arguments.of(none.withLossScale(LossScale.constant(1e-39)), "lossScale 1.0E-39 cannot"));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void numbersThatAreNoneInFloats(GradientPolicy policy, String told) {
    refused(
        IllegalArgumentException.class,
        told,
        () -> build(PROBLEM.with(policy).builder(LocalSpark.get(), folder.resolve("run"))));
  }

  /** One worker alone is no sum that overflows. */
  @Test
  void aLossScaleThatJustFitsIsTaken() throws IOException {
    ShardedTrainingBuilder builder =
        PROBLEM
            .with(GradientPolicy.NONE.withLossScale(LossScale.constant(2e38)))
            .builder(LocalSpark.get(), folder.resolve("run"));
    builder
        .build(Problem.data(LocalSpark.get(), 1), Problem.function(PROBLEM.lengths().size()))
        .close();
  }

  static Stream<Precision> precisions() {
    return Stream.of(
        Precision.FLOAT64,
        Precision.BFLOAT16,
        Precision.BFLOAT16_WITH_REMAINDER,
        Precision.FLOAT32.withAccumulators(DataType.BLOCK8));
  }

  @ParameterizedTest
  @MethodSource("precisions")
  void whatIsNotInFloats(Precision precision) {
    refused(
        IllegalArgumentException.class,
        precision + ": expected parameters and gradients in FLOAT32, and accumulators in one of",
        () -> PROBLEM.with(precision).builder(LocalSpark.get(), folder));
  }

  @Test
  void aBackendThatNobodyKnows() {
    refused(
        IllegalArgumentException.class,
        "unknown backend \"abacus:1\": expected auto, cpu",
        () -> PROBLEM.builder(LocalSpark.get(), folder).backend("abacus:1"));
  }

  @Test
  void aFolderThatCannotBe() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    for (Path bad : new Path[] {file, file.resolve("run"), Path.of("/proc/run")}) {
      refused(
          IOException.class,
          "no checkpoints in " + bad + ": expected a folder that can be made and written",
          () -> build(PROBLEM.builder(LocalSpark.get(), bad)));
    }
  }

  @Test
  void aFolderBehindALinkIsOne() throws IOException {
    Path there = Files.createDirectory(folder.resolve("there"));
    build(
        PROBLEM.builder(LocalSpark.get(), Files.createSymbolicLink(folder.resolve("run"), there)));
    try (Stream<Path> files = Files.list(there)) {
      assertEquals(0, files.count()); // no trace of the trial, and no checkpoint yet
    }
  }
}
