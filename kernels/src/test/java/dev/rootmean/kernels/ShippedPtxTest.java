package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Kernels;
import dev.rootmean.spi.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be said of the text without compiling it. */
class ShippedPtxTest {
  private static final Pattern REAL = Pattern.compile("\\.(f\\d\\d)$");

  /** What may touch a float without rounding it. */
  private static final Set<String> EXACT = Set.of("mov", "ld", "st", "abs", "neg", "selp", "setp");

  /** Every FLOAT16 is a float. */
  private static final String WIDENING = "cvt.f32.f16";

  private static final String ACCESS = "(ld|st)\\.(?!param)";

  static Stream<String> families() {
    return Kernels.families().stream();
  }

  /** Those that do something to each element by itself and whatever a decision says. */
  static Stream<Kernel> elementwise() {
    return Kernels.all().stream()
        .filter(kernel -> kernel.shape() == Shape.EACH_ELEMENT && kernel.row("d") < 0);
  }

  static Stream<Kernel> sums() {
    return Kernels.all().stream().filter(kernel -> kernel.text().equals("sum_squares"));
  }

  static Stream<String> programs() {
    return Stream.concat(
        families(), Kernels.familiesTogether().stream().map(family -> family + KernelText.MANY));
  }

  static Stream<Kernel> steps() {
    return Kernels.familiesTogether().stream()
        .flatMap(family -> Kernels.stepsOf(family).stream())
        .filter(step -> step.shape() == Shape.EACH_ELEMENT);
  }

  static Stream<Kernel> blockSteps() {
    return Kernels.all().stream().filter(kernel -> kernel.shape() == Shape.EACH_BLOCK);
  }

  private static List<String> instructions(Kernel kernel) {
    return instructions(kernel, "");
  }

  private static List<String> instructions(Kernel kernel, String suffix) {
    String ptx = ShippedPtx.text(kernel.family() + suffix);
    int start = ptx.indexOf('{', ptx.indexOf(".entry " + kernel + suffix + "("));
    return ptx.substring(start + 1, ptx.indexOf("\n}", start))
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith(".reg"))
        .toList();
  }

  /** Pieces that are executed from start to end or not at all. */
  private static List<List<String>> blocks(List<String> instructions) {
    List<List<String>> blocks = new ArrayList<>(List.of(new ArrayList<>()));
    for (String line : instructions) {
      boolean label = line.endsWith(":");
      if (!label) {
        blocks.get(blocks.size() - 1).add(line);
      }
      if (label || line.contains("bra")) {
        blocks.add(new ArrayList<>());
      }
    }
    return blocks;
  }

  /** The block that moves vectors. */
  private static List<String> vectorBlock(Kernel kernel, String suffix) {
    return only(
        instructions(kernel, suffix), block -> count(block, "(ld|st)\\.global.*\\.v\\d\\.") > 0);
  }

  /** The block that moves an element of each row. */
  private static List<String> elementBlock(Kernel kernel) {
    return only(
        instructions(kernel, ""), block -> count(block, "(ld|st)\\.global(\\.nc)?\\.[fu]\\d") > 0);
  }

  private static List<String> only(List<String> instructions, Predicate<List<String>> wanted) {
    List<List<String>> found = blocks(instructions).stream().filter(wanted).toList();
    assertEquals(1, found.size(), "one such block");
    return found.get(0);
  }

  private static String word(DataType type) {
    return switch (type.carrier()) {
      case FLOAT -> "f32";
      case DOUBLE -> "f64";
      case SHORT -> "u16";
      case INT, BYTE -> "u32"; // bytes are moved by four
    };
  }

  /** Operations that round, for one element: the formula's, and one to make a FLOAT16. */
  private static int operations(Kernel kernel) {
    int formula =
        kernel.text().equals("add")
            ? 1
            : 15 + (kernel.row("b") >= 0 ? 6 : 0) + (kernel.row("m") >= 0 ? 4 : 0);
    long rounded =
        kernel.rows().stream()
            .filter(row -> row.type() == DataType.FLOAT16 && row.isWritten())
            .count();
    return (int) (formula + rounded);
  }

  /** A row of elements is loaded once, and stored once if it is written, in each of the forms. */
  private static void assertMovesItsRows(Kernel kernel, List<String> lines, String... forms) {
    Map<String, Integer> expected = new TreeMap<>();
    Map<String, Integer> found = new TreeMap<>();
    for (Row row : kernel.rows()) {
      for (String form : row.extent() == Row.Extent.ELEMENT ? forms : new String[0]) {
        String type = form + "." + word(row.type());
        expected.merge("ld.global" + (row.isWritten() ? "" : ".nc") + type, 1, Integer::sum);
        if (row.isWritten()) {
          expected.merge("st.global" + type, 1, Integer::sum);
        }
      }
    }
    lines.stream()
        .flatMap(line -> Pattern.compile("^" + ACCESS + "[.\\w]*").matcher(line).results())
        .forEach(access -> found.merge(access.group(), 1, Integer::sum));
    assertEquals(expected, found, "accesses");
  }

  private static int count(List<String> lines, String pattern) {
    Pattern wanted = Pattern.compile("^(@!?%p\\d+\\s+)?" + pattern);
    return (int) lines.stream().filter(line -> wanted.matcher(line).find()).count();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void theHeadIsForOldDriversAndGpus(String program) {
    String head = "\n.version 6.3\n.target sm_75\n.address_size 64\n";
    assertTrue(ShippedPtx.text(program).contains(head));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void theProgramsKernelsAreThere(String program) {
    Set<String> found =
        Pattern.compile("\\.entry (\\w+)\\(")
            .matcher(ShippedPtx.text(program))
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = new TreeSet<>();
    for (String family : Kernels.families()) {
      if (program.equals(family)) {
        Kernels.ofFamily(family).forEach(kernel -> expected.add(kernel.name()));
      } else if (program.equals(family + KernelText.MANY)) {
        Kernels.stepsOf(family).forEach(step -> expected.add(step + KernelText.MANY));
      }
    }
    assertEquals(expected, found);
  }

  @ParameterizedTest
  @MethodSource("elementwise")
  void theIndexCountsGroupsOfTheSizeThatIsLaunched(Kernel kernel) {
    String step = "mul\\.wide\\.u32\\s+%rd\\d+, %r\\d+, " + KernelText.GROUP + ";";
    assertEquals(1, count(instructions(kernel), step));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void nothingIsFusedFlushedOrApproximate(String program) {
    for (String word : List.of("fma", "mad.rn", ".ftz", "approx", ".full", ".sat")) {
      assertFalse(ShippedPtx.text(program).contains(word), word);
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void everyFloatOperationIsRoundedToNearest(String program) {
    for (String line : ShippedPtx.text(program).lines().map(String::strip).toList()) {
      String opcode = line.replaceFirst("^@!?%p\\d+\\s+", "").split("[\\s;]", 2)[0];
      String operation = opcode.split("\\.", 2)[0];
      Matcher real = REAL.matcher(opcode);
      boolean exact = EXACT.contains(operation) || opcode.equals(WIDENING);
      if (real.find() && !operation.isEmpty() && !exact) {
        String to = operation.equals("cvt") ? "f16." : "";
        assertEquals(operation + ".rn." + to + real.group(1), opcode, line);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elementwise")
  void theMainPathMovesVectorsAndComputesTheFormula(Kernel kernel) {
    int width = new KernelText(Dialect.CUDA, kernel.family(), 1).width();
    List<String> all = instructions(kernel);
    assertMovesItsRows(kernel, all, ".v" + width, "");
    assertEquals(operations(kernel) * (width + 1), count(all, "\\w+\\.rn\\."), "operations");
    List<String> vector = vectorBlock(kernel, "");
    assertMovesItsRows(kernel, vector, ".v" + width);
    assertEquals(operations(kernel) * width, count(vector, "\\w+\\.rn\\."), "operations");
    assertMovesItsRows(kernel, elementBlock(kernel), "");

    int executed = blocks(all).get(0).size() + vector.size() + 1; // and ret
    System.out.printf(
        Locale.ROOT, "%-58s %3d instructions for a vector of %d%n", kernel, executed, width);
  }

  /** An address from a table by itself does not say that it is of global memory. */
  @ParameterizedTest
  @MethodSource("steps")
  void manyAtOnceMoveVectorsOfGlobalMemoryAsOneDoes(Kernel step) {
    int width = new KernelText(Dialect.CUDA_MANY, step.family(), 1).width();
    List<String> all = instructions(step, KernelText.MANY);
    List<String> vector = vectorBlock(step, KernelText.MANY);
    assertMovesItsRows(step, vector, ".v" + width);
    assertEquals(0, count(all, "(ld|st)\\.(?!param|global)"), "no other space");
    if (step.row("d") < 0) { // clipped by a policy they are not in one block
      assertEquals(operations(step) * width, count(vector, "\\w+\\.rn\\."), "operations");
    }
  }

  /** Codes are moved by four, and nothing of the four elements goes through a thread's memory. */
  @ParameterizedTest
  @MethodSource("blockSteps")
  void fourOfABlockAreSteppedInRegisters(Kernel step) {
    int kept = (int) step.rows().stream().filter(row -> row.type().isInBlocks()).count();
    for (String suffix : List.of("", KernelText.MANY)) {
      List<String> all = instructions(step, suffix);
      assertEquals(0, count(all, "(ld|st)\\.(?!param|global|shared)"), "no other space");
      assertEquals(2 * kept, count(all, "ld\\.global\\.u32"), "codes and bases are read");
      assertEquals(2 * kept, count(all, "st\\.global\\.u32"), "and written");
      int decided = step.row("d") >= 0 ? 1 : 0; // the factor's product
      int operations = 4 * (operations(step) + decided);
      assertEquals(operations, count(all, "\\w+\\.rn\\."), "operations that round");
    }
  }

  /** Four loads that wait for nothing, and each square by itself. */
  @ParameterizedTest
  @MethodSource("sums")
  void theSumOfSquaresMovesFourVectorsAtATime(Kernel kernel) {
    int width = new KernelText(Dialect.CUDA, kernel.family(), 1).width();
    List<String> block = vectorBlock(kernel, "");
    Row grads = kernel.rows().get(0);
    String type = word(grads.type());
    assertEquals(4, count(block, "ld\\.global\\.nc\\.v" + width + "\\." + type + "\\s"));
    assertEquals(4, count(block, "(ld|st)\\."), "no other access");
    assertEquals(4 * width, count(block, "mul\\.rn\\."));
    assertEquals(4 * width, count(block, "add\\.rn\\."));
  }
}
