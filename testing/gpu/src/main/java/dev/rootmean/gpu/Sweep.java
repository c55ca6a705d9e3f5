package dev.rootmean.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.cli.Rootmean;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The command {@code rootmean bench}: steps beside the device's own copy, size by size. */
final class Sweep {
  /** Half decades, and what a GPU of 80 GB has room for. */
  private static final long[] SIZES = {
    1_000,
    3_000,
    10_000,
    30_000,
    100_000,
    300_000,
    1_000_000,
    3_000_000,
    10_000_000,
    30_000_000,
    100_000_000,
    300_000_000,
    1_000_000_000,
    2_000_000_000
  };

  /** Where OpenCL beside CUDA is looked at too. */
  private static final List<Long> FEW = List.of(1_000L, 1_000_000L, 100_000_000L);

  /**
   * Buffers of a point: parameters, gradients, and the accumulators of a step by itself and of one
   * through an optimizer, with momentum and centered.
   */
  private static final int BUFFERS = 2 + 3 + 3;

  private Sweep() {}

  static void measure(Asked asked, Findings findings) throws IOException, InterruptedException {
    for (String backend : asked.backends()) {
      Optional<OptimizerBackend> opened = Opening.of(asked, backend, findings);
      if (opened.isEmpty()) {
        continue;
      }
      List<DataType> types;
      long memory;
      try (OptimizerBackend open = opened.get()) {
        types = List.copyOf(open.info().dataTypes());
        memory = open.info().totalMemoryBytes() / 10 * 9;
      }
      for (DataType type : types) {
        List<String> sizes = new ArrayList<>();
        for (long size : SIZES) {
          if (size <= asked.elements(memory / BUFFERS / type.bytes())
              && (backend.equals(asked.backends().get(0)) || FEW.contains(size))) {
            sizes.add(Long.toString(size));
          }
        }
        if (sizes.isEmpty()) {
          sizes.add(Long.toString(asked.elements(SIZES[0])));
        }
        bench(asked, backend, type, String.join(",", sizes), findings);
      }
    }
  }

  private static void bench(
      Asked asked, String backend, DataType type, String sizes, Findings findings)
      throws IOException, InterruptedException {
    String typeName = type.toString().toLowerCase(Locale.ROOT);
    List<String> arguments =
        List.of(
            "bench",
            "--json",
            "--backend=" + backend,
            "--data-type=" + typeName,
            "--variant=plain,momentum-centered",
            "--norm-clip=1",
            "--seconds=" + asked.seconds(),
            "--elements=" + sizes);
    Child.Ended ended = Child.java(Rootmean.class, arguments).run();
    if (ended.status() != 0) {
      findings.check("bench " + backend + " " + typeName, false, ended.last());
      return;
    }
    for (JsonNode one : new ObjectMapper().readTree(Conformance.json(ended)).get("results")) {
      long elements = one.get("elements").asLong();
      String name = one.get("variant").asText() + " " + typeName + " " + backend + " " + elements;
      findings.step(
          name,
          one.get("nanosPerElement").asDouble() * elements / 1e3,
          one.get("copyShare").asDouble());
    }
  }
}
