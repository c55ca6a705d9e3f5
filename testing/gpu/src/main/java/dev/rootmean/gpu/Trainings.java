package dev.rootmean.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.cli.Rootmean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The command {@code rootmean train}: the same bits on every backend, however often it is killed.
 */
final class Trainings {
  private static final String EPOCHS = "4";

  /** How often a training is killed, each time while it saves or after it has. */
  private static final int KILLS = 3;

  private Trainings() {}

  static void run(Asked asked, Findings findings) throws IOException, InterruptedException {
    String expected = train(findings, "cpu");
    for (String backend : asked.backends()) {
      if (!Opening.works(asked, backend, findings)) {
        continue;
      }
      String found = train(findings, backend);
      findings.check("train " + backend + ": the bits of cpu", found.equals(expected), found);
      if (backend.startsWith("opencl")) {
        String device = train(findings, backend, "--gradients", "device");
        findings.fact("train " + backend + ", gradients there", device);
      }
    }
    String backend = asked.backends().get(0);
    Path folder = Files.createTempDirectory("checkpoints");
    try {
      killed(findings, backend, folder);
      String found = train(findings, backend, checkpoint(folder));
      findings.check("train " + backend + ", killed and resumed", found.equals(expected), found);
    } finally {
      remove(folder);
    }
  }

  /** Kills it again and again, by a signal that it cannot catch. */
  private static void killed(Findings findings, String backend, Path folder)
      throws IOException, InterruptedException {
    int kills = 0;
    for (int i = 0; i < KILLS; i++) {
      Set<String> before = checkpoints(folder);
      Child.Ended ended =
          Child.java(Rootmean.class, arguments(backend, checkpoint(folder)))
              .until(() -> !before.containsAll(checkpoints(folder)))
              .run();
      kills += ended.status() == Child.KILLED ? 1 : 0;
    }
    findings.check("kills", kills == KILLS, kills);
  }

  private static Set<String> checkpoints(Path folder) {
    return Set.of(Objects.requireNonNull(folder.toFile().list()));
  }

  private static String[] checkpoint(Path folder) {
    return new String[] {"--checkpoint", folder.toString(), "--checkpoint-every", "7", "--resume"};
  }

  private static List<String> arguments(String backend, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--json", "--backend", backend, "--epochs", EPOCHS));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** The hash of the trained parameters, or what was said instead. */
  private static String train(Findings findings, String backend, String... more)
      throws IOException, InterruptedException {
    Child.Ended ended = Child.java(Rootmean.class, arguments(backend, more)).run();
    JsonNode result = new ObjectMapper().readTree(Conformance.json(ended));
    if (!result.has("parametersSha256")) {
      return ended.last();
    }
    if (more.length == 0) {
      findings.figure(
          "train " + backend + ", a step", result.get("optimizerMicrosPerStep").asDouble(), "us");
    }
    return result.get("parametersSha256").asText();
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
