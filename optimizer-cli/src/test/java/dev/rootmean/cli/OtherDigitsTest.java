package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.ChildJvm;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands print and write is the same where people write other digits. */
@Tag("thorough")
class OtherDigitsTest {
  @TempDir static Path folder;
  private static String english;

  /** Runs commands under a locale that nothing has seen before, as each JVM begins with its own. */
  static final class Commands {
    private Commands() {}

    public static void main(String[] arguments) throws IOException {
      Locale.setDefault(Locale.forLanguageTag(arguments[0]));
      System.setErr(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
      String out = arguments[1];
      for (List<String> command :
          List.of(
              List.of("devices"),
              List.of("devices", "--json"),
              List.of("train", "--epochs", "1", "--backend", "cpu", "--out", out),
              List.of("train", "--epochs", "1", "--backend", "cpu", "--json"),
              List.of("train", "--schedule", "warmup:9999+cosine"),
              List.of("conformance", "--backend", "cpu"),
              List.of("conformance", "--backend", "cpu", "--json"),
              List.of("bench", "--backend", "cpu", "--seconds", "0.01", "--elements", "1e3"),
              List.of(
                  "bench",
                  "--backend",
                  "cpu",
                  "--seconds",
                  "0.01",
                  "--elements",
                  "1e3",
                  "--json"))) {
        System.out.println(command + " " + Run.of(command.toArray(String[]::new)));
      }
      System.out.println(Files.readString(Path.of(out, "metrics.csv")));
    }
  }

  @BeforeAll
  static void runInEnglish() {
    english = run("en-US");
    assertTrue(english.contains("\"steps\":"), english);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "hi-IN-u-nu-deva", "tr-TR", "de-DE"})
  void theOutputIsThatInEnglish(String language) {
    assertEquals(english, run(language));
  }

  @Test
  void theSecondOfTheseLocalesHasDigitsOfItsOwn() {
    Locale hindi = Locale.forLanguageTag("hi-IN-u-nu-deva");
    assertEquals("\u0967", String.format(hindi, "%d", 1));
  }

  /** Times differ from run to run, and columns with them: a hash stands for each number. */
  private static String run(String language) {
    return ChildJvm.of(Commands.class)
        .run(language, folder.resolve("out").toString())
        .succeeded()
        .text()
        .replaceAll("(?m)^MESA: .*\n", "") // of rusticl, when it first compiles a kernel
        .replaceAll("[0-9]+([.][0-9]+)?(E[-+]?[0-9]+)?", "#")
        .replaceAll(" +", " ");
  }
}
