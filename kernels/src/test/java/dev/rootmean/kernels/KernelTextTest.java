package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-jdk")
class KernelTextTest {
  private static final String MACROS =
      KernelText.resource("types.macros")
          + KernelText.resource("rows.macros")
          + KernelText.resource("lanes.macros");

  private static final String STEP =
      KernelText.resource("formula.macros") + KernelText.resource("step.macros");

  static Stream<String> families() {
    return Kernels.families().stream();
  }

  static Stream<Kernel> kernels() {
    return Kernels.all().stream();
  }

  private static String text(Dialect dialect, String family) {
    return new KernelText(dialect, family, 1).text();
  }

  private static List<Dialect> dialects(String family) {
    return Kernels.familiesTogether().contains(family)
        ? List.of(Dialect.values())
        : List.of(Dialect.CUDA, Dialect.OPENCL);
  }

  private static String body(Kernel kernel) {
    return KernelText.resource(kernel.text() + ".kernel");
  }

  private static String prelude(Dialect dialect) {
    String own = KernelText.resource(lowerCase(dialect) + ".prelude");
    return dialect == Dialect.CUDA_MANY ? prelude(Dialect.CUDA) + own : own;
  }

  /** What is between a kernel's first define and its last. */
  @ParameterizedTest
  @MethodSource("kernels")
  void theTextSaysWhichKernelItIs(Kernel kernel) {
    String text = text(Dialect.OPENCL, kernel.family());
    assertTrue(text.contains("#define WIDTH " + 16 / kernel.compute().bytes() + "\n"));
    assertTrue(text.contains("#define REAL WORD_" + kernel.compute() + "\n"));
    int name = text.indexOf("#define NAME " + kernel.name() + "\n");
    assertTrue(name > 0);
    String own = text.substring(text.lastIndexOf("\n\n", name), text.indexOf(body(kernel), name));
    for (Row row : kernel.rows()) {
      assertTrue(own.contains("\n#define TYPE_" + row.name() + " " + row.type() + "\n"));
    }
    if (kernel.numbers().contains("decay")) { // a step
      boolean isRandom = kernel.rounding() == Rounding.RANDOM;
      assertTrue(own.contains("\n#define RANDOM " + (isRandom ? 1 : 0) + "\n"));
      boolean inBlocks = kernel.shape() == Shape.EACH_BLOCK; // where there is no remainder
      for (String row : inBlocks ? List.of("b", "m", "d") : List.of("b", "m", "r", "d")) {
        String has = "\n#define HAS_" + row + " " + (kernel.row(row) >= 0 ? 1 : 0) + "\n";
        assertTrue(own.contains(has), has);
      }
    }
  }

  /** All steps have the same. */
  private static String numbers(Kernel kernel) {
    return (Kernels.isStep(kernel) ? "rmsprop" : kernel.text()) + "_numbers";
  }

  /** A row that is mistaken for its neighbour would be one of the same type. */
  @ParameterizedTest
  @MethodSource("kernels")
  void theArgumentsAreTheKernelsInItsOrder(Kernel kernel) {
    StringBuilder expected = new StringBuilder("#define ARGUMENTS const INDEX n");
    boolean ofRows = kernel.shape() == Shape.EACH_ROW;
    expected.append(ofRows ? ", const INDEX width, const INDEX shift" : ", const INDEX vectors");
    if (!kernel.numbers().isEmpty()) {
      expected.append(", const ").append(numbers(kernel)).append(" k");
    }
    if (kernel.rounding() == Rounding.RANDOM) {
      expected.append(", const INDEX key, const INDEX place");
    }
    kernel.rows().forEach(row -> expected.append(", ROW(").append(row.name()).append(')'));
    String text = text(Dialect.CUDA, kernel.family());
    assertTrue(text.contains("#define NAME " + kernel.name() + "\n" + expected + "\n"));
    if (!kernel.numbers().isEmpty()) {
      String fields = "REAL " + String.join(", ", kernel.numbers()) + ";";
      String struct = "typedef struct { " + fields + " } " + numbers(kernel) + ";\n";
      assertEquals(text.indexOf(struct), text.lastIndexOf(struct));
      assertTrue(text.contains(struct), struct);
    }
  }

  /** A compiler reads no others. */
  @ParameterizedTest
  @EnumSource
  void theDigitsAreTheSameInEveryLocale(Dialect dialect) {
    String expected = text(dialect, "float32_policy");
    Locale before = Locale.getDefault();
    try {
      for (String language : List.of("en-US", "ar-EG", "hi-IN-u-nu-deva")) {
        Locale.setDefault(Locale.forLanguageTag(language));
        assertEquals(expected, text(dialect, "float32_policy"), language);
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void kernelsDifferInTheirDefinesAlone(String family) {
    for (Dialect dialect : dialects(family)) {
      List<Kernel> kernels =
          dialect == Dialect.CUDA_MANY ? Kernels.stepsOf(family) : Kernels.ofFamily(family);
      int[] forms = dialect == Dialect.CUDA_MANY ? new int[] {1} : new int[] {0, 1, 2};
      for (int vectors : forms) {
        String text = new KernelText(dialect, family, vectors).text();
        int shared = text.indexOf(prelude(dialect) + MACROS);
        assertTrue(shared > 0);
        for (Kernel kernel : kernels) {
          int at = text.indexOf(body(kernel));
          assertTrue(at > shared, "a body for each");
          text = text.substring(0, at) + text.substring(at + body(kernel).length());
        }
        text = text.replace(prelude(dialect) + MACROS, "").replace(STEP, "");
        for (String line : text.lines().toList()) {
          assertTrue(line.matches("(#define |#undef |typedef struct \\{ ).*|"), line);
        }
      }
    }
  }

  /** The next kernel of the program is to find none of them. */
  @ParameterizedTest
  @MethodSource("families")
  void whatAKernelDefinesIsUndefinedAfterIt(String family) {
    List<String> defined = new ArrayList<>();
    List<String> undefined = new ArrayList<>();
    String text = text(Dialect.CUDA, family);
    for (Kernel kernel : Kernels.ofFamily(family)) {
      text = text.replace(body(kernel), "");
    }
    text = text.substring(text.indexOf(STEP) + STEP.length());
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 3);
      switch (words[0]) {
        case "#define" -> defined.add(words[1]);
        case "#undef" -> undefined.add(words[1]);
        default -> {}
      }
    }
    assertEquals(defined, undefined);
    assertFalse(defined.isEmpty());
  }

  @Test
  void allNamesDiffer() {
    Set<String> names = new HashSet<>();
    kernels().forEach(kernel -> assertTrue(names.add(kernel.name()), kernel.name()));
  }

  /** A word of a language in the body would make it that language's own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rmsprop.kernel",
        "sum_squares.kernel",
        "decide.kernel",
        "add.kernel",
        "step_rows.kernel",
        "merge_rows.kernel",
        "rows.macros",
        "formula.macros",
        "step.macros",
        "lanes.macros"
      })
  void theBodyIsNeutral(String resource) {
    String body = KernelText.resource(resource);
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
            "ushort",
            "as_float",
            "__local",
            "__shared__",
            "barrier",
            "__syncthreads",
            "fma")) {
      assertFalse(Pattern.compile("\\b" + word + "\\d*\\b").matcher(body).find(), word);
    }
  }

  /** Otherwise a type would be missed by a compiler that no test has. */
  @Test
  void everyTypeIsKnown() {
    String types = KernelText.resource("types.macros");
    for (Kernel kernel : Kernels.all()) {
      for (Row row : kernel.rows()) {
        assertTrue(types.contains("\n#define WORD_" + row.type() + " "), row + "");
        if (row.type() != DataType.INT16
            && row.type() != DataType.INT32
            && !row.type().isInBlocks()) {
          assertTrue(types.contains("\n#define LOAD_" + row.type() + "("), row + "");
          boolean isStored = types.contains("\n#define STORE_" + row.type() + "(");
          assertEquals(row.type() != DataType.INT32, isStored, row + ": places are only read");
        }
      }
    }
  }

  @Test
  void aStepHasNoLoop() {
    String body = KernelText.resource("rmsprop.kernel");
    assertFalse(Pattern.compile("\\b(for|while|do)\\b.*[({]").matcher(body).find());
  }

  /** What the kernels call the places in a decision, Java does too, and no other. */
  @Test
  void theLayoutIsTheDecisions() {
    Set<String> names = new TreeSet<>();
    for (DecisionField field : DecisionField.values()) {
      names.add("#define " + field + " " + field.index());
    }
    names.add("#define CHUNK " + Kernel.CHUNK);
    names.add("#define LANES " + Kernel.LANES);
    String text = text(Dialect.CUDA, "float32_policy");
    Set<String> defined = new TreeSet<>();
    text.substring(0, text.indexOf(prelude(Dialect.CUDA)))
        .lines()
        .filter(line -> !line.matches("#define (REAL|WIDTH|VECTORS|GROUP) .*"))
        .forEach(defined::add);
    assertEquals(names, defined);
  }

  /** The compilers that run without Java get the same text; of some families: each is a process. */
  @ParameterizedTest
  @ValueSource(strings = {"float32", "float64_policy", "bfloat16_random", "float32_rows"})
  void theScriptPrintsTheSameText(String family) throws Exception {
    for (Dialect dialect : dialects(family)) {
      assertEquals(text(dialect, family), printed(lowerCase(dialect), family));
    }
  }

  @Test
  void theScriptListsAllKernels() throws Exception {
    StringBuilder expected = new StringBuilder();
    Kernels.all().forEach(k -> expected.append(k.family()).append(' ').append(k).append('\n'));
    assertEquals(expected.toString(), printed());
  }

  private static String printed(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("./kernel-text"));
    command.addAll(Arrays.asList(arguments));
    Process script =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] printed = script.getInputStream().readAllBytes();
    assertEquals(0, script.waitFor());
    return new String(printed, StandardCharsets.UTF_8);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
