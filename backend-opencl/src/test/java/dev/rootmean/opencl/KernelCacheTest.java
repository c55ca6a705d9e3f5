package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.NamedRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PoCL runs whatever its cache of compiled kernels holds; the known answer is what notices. */
class KernelCacheTest {
  @TempDir Path cache;

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @Test
  void swappedKernelsAreRefused() throws IOException {
    Path momentum = compiled(NamedRule.NESTEROV);
    Path centered = compiled(NamedRule.CENTERED);
    inCache(TryDevices.class).run(Pocl.DEVICE).succeeded().line("opened");

    // As many arguments each: nothing crashes, and nothing but the bits is wrong.
    Path aside = cache.resolve("aside");
    Files.move(momentum, aside);
    Files.move(centered, momentum);
    Files.move(aside, centered);
    String refused = inCache(TryDevices.class).run(Pocl.DEVICE).succeeded().line("refused");
    assertTrue(refused.contains(Pocl.DEVICE), refused);
    assertTrue(refused.contains("with momentum gives other bits than RmsProp defines"), refused);
  }

  /** What a first step of the rule leaves in the cache. */
  private Path compiled(NamedRule rule) throws IOException {
    Set<Path> before = libraries();
    inCache(StepOnce.class).run(rule.name()).succeeded();
    Set<Path> added = libraries();
    added.removeAll(before);
    assertEquals(1, added.size(), () -> "new in the cache: " + added);
    return added.iterator().next();
  }

  private ChildJvm inCache(Class<?> main) {
    return ChildJvm.of(main).environment("POCL_CACHE_DIR", cache);
  }

  private Set<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files
          .filter(file -> file.toString().endsWith(".so"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
