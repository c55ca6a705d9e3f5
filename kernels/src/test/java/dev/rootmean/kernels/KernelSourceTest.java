package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.GradientDecision;
import dev.rootmean.kernels.KernelSource.Dialect;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelSourceTest {
  private static final int DEFINES = 8;

  private static KernelSource source(Dialect dialect, Variant variant, boolean wide) {
    return new KernelSource(dialect, variant, DataType.FLOAT32, wide, false);
  }

  @ParameterizedTest
  @EnumSource
  void theTextSaysWhichVariantItIs(Variant variant) {
    assertEquals(variant, Variant.of(variant.momentum(), variant.centered()));
    String text = source(Dialect.OPENCL, variant, true).text();
    assertTrue(text.contains("#define MOMENTUM " + (variant.momentum() ? 1 : 0) + "\n"));
    assertTrue(text.contains("#define CENTERED " + (variant.centered() ? 1 : 0) + "\n"));
    assertTrue(text.contains("#define WIDTH 4\n"));
  }

  /** A compiler reads no others. */
  @ParameterizedTest
  @EnumSource
  void theDigitsAreTheSameInEveryLocale(Dialect dialect) {
    KernelSource steps = source(dialect, Variant.PLAIN, true);
    PolicySource policy = new PolicySource(dialect, DataType.FLOAT32, true);
    String expected = steps.text() + policy.text();
    Locale before = Locale.getDefault();
    try {
      for (String language : List.of("en-US", "ar-EG", "hi-IN-u-nu-deva")) {
        Locale.setDefault(Locale.forLanguageTag(language));
        assertEquals(expected, steps.text() + policy.text(), language);
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void kernelsDifferInTheirDefinesAlone() {
    Set<String> names = new HashSet<>();
    for (Dialect dialect : Dialect.values()) {
      Set<String> rest = new HashSet<>();
      for (Variant variant : Variant.values()) {
        for (DataType type : DataType.values()) {
          for (int form = 0; form < 4; form++) {
            KernelSource source =
                new KernelSource(dialect, variant, type, form % 2 == 1, form / 2 == 1);
            names.add(source.name());
            List<String> lines = source.text().lines().toList();
            assertTrue(lines.stream().limit(DEFINES).allMatch(line -> line.startsWith("#define ")));
            assertEquals("#define NAME " + source.name(), lines.get(0));
            assertEquals("#define CONTROLLED " + form / 2, lines.get(DEFINES - 1));
            rest.add(String.join("\n", lines.subList(DEFINES, lines.size())));
          }
        }
      }
      assertEquals(1, rest.size(), dialect + " has one text after the defines");
    }
    assertEquals(2 * Variant.values().length * DataType.values().length, names.size());
  }

  /** A word of a language in the body would make it that language's own. */
  @ParameterizedTest
  @ValueSource(strings = {"rmsprop.kernel", "policy.kernel"})
  void theBodyIsNeutral(String resource) {
    String body = KernelSource.resource(resource);
    for (Dialect dialect : Dialect.values()) {
      String text =
          resource.startsWith("policy")
              ? new PolicySource(dialect, DataType.FLOAT32, true).text()
              : source(dialect, Variant.PLAIN, true).text();
      assertTrue(text.endsWith(body), "the same for all");
    }
    for (String word :
        List.of(
            "__kernel",
            "__global",
            "get_global_id",
            "__global__",
            "__device__",
            "__restrict__",
            "threadIdx",
            "blockIdx",
            "float",
            "double",
            "__local",
            "__shared__",
            "barrier",
            "__syncthreads",
            "fma")) {
      assertFalse(Pattern.compile("\\b" + word + "\\d*\\b").matcher(body).find(), word);
    }
  }

  @Test
  void aStepHasNoLoop() {
    String body = KernelSource.resource("rmsprop.kernel");
    assertFalse(Pattern.compile("\\b(for|while|do)\\b.*[({]").matcher(body).find());
  }

  /** What the kernels call the places in a decision, Java does too, and no other. */
  @Test
  void theLayoutIsTheDecisions() throws ReflectiveOperationException {
    Set<String> names = new TreeSet<>();
    for (Field constant : GradientDecision.class.getFields()) {
      names.add("#define " + constant.getName() + " " + constant.get(null));
    }
    Set<String> defined = new TreeSet<>();
    KernelSource.resource("decision.layout")
        .lines()
        .filter(line -> line.startsWith("#"))
        .forEach(defined::add);
    assertEquals(names, defined);
  }

  /** The compilers that run without Java get the same text. */
  @ParameterizedTest
  @EnumSource
  void theScriptPrintsTheSameText(Variant variant) throws Exception {
    for (Dialect dialect : Dialect.values()) {
      for (DataType type : DataType.values()) {
        String name = lowerCase(variant);
        String plain = new KernelSource(dialect, variant, type, true, false).text();
        String controlled = new KernelSource(dialect, variant, type, true, true).text();
        assertEquals(plain, printed(dialect, type, name));
        assertEquals(controlled, printed(dialect, type, name + "_controlled"));
        assertEquals(
            new PolicySource(dialect, type, true).text(), printed(dialect, type, "policy"));
      }
    }
  }

  private static String printed(Dialect dialect, DataType type, String kernel) throws Exception {
    Process script =
        new ProcessBuilder("./kernel-text", lowerCase(dialect), dialect.word(type), kernel)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] printed = script.getInputStream().readAllBytes();
    assertEquals(0, script.waitFor());
    return new String(printed, StandardCharsets.UTF_8);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 1",
    "3, 0, 0, 1",
    "4, 0, 1, 1",
    "1024, 0, 256, 1",
    "1025, 0, 256, 2",
    "1028, 4, 257, 2",
    "1024, 6, 0, 4", // out of alignment: an element each
    "8589934592, 0, 2147483648, 8388608" // more than 32 bits count
  })
  void everyElementHasAWorkItem(long length, long offsets, long vectors, long groups) {
    KernelSource wide = source(Dialect.OPENCL, Variant.PLAIN, true);
    assertEquals(vectors, wide.vectors(length, offsets));
    assertEquals(groups, wide.groups(length, vectors));
    KernelSource doubles =
        new KernelSource(Dialect.CUDA, Variant.PLAIN, DataType.FLOAT64, true, false);
    assertEquals(2, doubles.width());
    assertEquals(offsets % 2 == 0 ? length / 2 : 0, doubles.vectors(length, offsets));
    PolicySource policy = new PolicySource(Dialect.CUDA, DataType.FLOAT32, true);
    assertEquals(vectors, policy.vectors(length, offsets));
    assertEquals(0, new PolicySource(Dialect.OPENCL, DataType.FLOAT32, false).vectors(length, 0));
    KernelSource narrow = source(Dialect.OPENCL, Variant.PLAIN, false);
    assertEquals(0, narrow.vectors(length, offsets));
    assertEquals((length + 255) / 256, narrow.groups(length, 0));
  }
}
