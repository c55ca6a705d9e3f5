package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rootmean.OptimizerBackend;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** An application can be shipped with the parts of Java that it needs, and they are few. */
class JlinkTest {
  @TempDir private Path folder;

  @Test
  void anImageOfFourModulesTrainsAStep() throws Exception {
    assumeTrue(canLink(), "this JDK has no modules to make an image of");
    Path image = folder.resolve("image");
    String modules =
        Stream.of(OptimizerBackend.class, CpuProvider.class, Logger.class)
            .map(JlinkTest::home)
            .collect(Collectors.joining(File.pathSeparator));
    jlink("--module-path", modules, "--add-modules", "dev.rootmean.cpu", "--output", "" + image);
    assertEquals(
        List.of("dev.rootmean", "dev.rootmean.cpu", "java.base", "org.slf4j"),
        run(image, "--list-modules").map(line -> line.replaceFirst("@.*", "")).sorted().toList());
    String application = home(JlinkTest.class);
    assertEquals(
        List.of("moved down: true"),
        run(image, "-cp", application, "dev.rootmean.application.TrainAStep").toList());
  }

  private static boolean canLink() {
    return ToolProvider.findFirst("jlink").isPresent()
        && (Files.isDirectory(Path.of(System.getProperty("java.home"), "jmods"))
            || jlink("--help").contains("Linking from run-time image enabled"));
  }

  private static String jlink(String... arguments) {
    StringWriter output = new StringWriter();
    PrintWriter writer = new PrintWriter(output);
    int status = ToolProvider.findFirst("jlink").orElseThrow().run(writer, writer, arguments);
    assertEquals(0, status, output.toString());
    return output.toString();
  }

  private static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<String> run(Path image, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(image.resolve("bin/java").toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines();
  }
}
