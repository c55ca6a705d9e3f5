package dev.rootmean.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.NamedRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PoCL runs whatever its cache of compiled kernels holds; the known answer is what notices. */
@Tag("any-jdk")
class KernelCacheTest {
  @TempDir Path cache;

  @BeforeEach
  void pocl() {
    Pocl.demand();
  }

  @Test
  void anotherKernelOfTheSameNameIsRefused() throws IOException {
    Path good = compiled("");
    Path faulty = compiled("-D_cl_sqrt=_cl_fabs"); // PoCL's own names of sqrt and fabs
    inCache(Pocl.tryDevices()).run(Pocl.DEVICE).succeeded().line("opened");

    Files.copy(faulty, good, StandardCopyOption.REPLACE_EXISTING);
    String refused = inCache(Pocl.tryDevices()).run(Pocl.DEVICE).succeeded().line("refused");
    assertTrue(refused.contains(Pocl.DEVICE), refused);
    String step = "rmsprop_p_float32_g_float32_v_float32_b_float32";
    assertTrue(refused.contains(step + " gives other bits"), refused);
  }

  /** What a first step with momentum leaves in the cache; it goes wrong if the flags mean that. */
  private Path compiled(String flags) throws IOException {
    Set<Path> before = libraries();
    int status =
        inCache(ChildJvm.of(StepOnce.class))
            .environment("POCL_EXTRA_BUILD_FLAGS", flags)
            .run(NamedRule.NESTEROV.name())
            .status();
    assertEquals(flags.isEmpty() ? 0 : 1, status, "whether the bits are right");
    Set<Path> added = libraries();
    added.removeAll(before);
    assertEquals(1, added.size(), () -> "new in the cache: " + added);
    return added.iterator().next();
  }

  private ChildJvm inCache(ChildJvm child) {
    return child.environment("POCL_CACHE_DIR", cache);
  }

  private Set<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files
          .filter(file -> file.toString().endsWith(".so"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
