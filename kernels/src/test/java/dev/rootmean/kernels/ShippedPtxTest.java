package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.DataType;
import dev.rootmean.kernels.KernelSource.Dialect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be said of the text without compiling it. */
class ShippedPtxTest {
  private static final String PTX = ShippedPtx.text();

  private static final Pattern REAL = Pattern.compile("\\.(f\\d\\d)$");

  /** What may touch a float without rounding it. */
  private static final Set<String> EXACT = Set.of("mov", "ld", "st", "abs", "neg", "selp", "setp");

  private static List<String> instructions(String kernel) {
    int start = PTX.indexOf('{', PTX.indexOf(".entry " + kernel + "("));
    return PTX.substring(start + 1, PTX.indexOf("\n}", start))
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith(".reg"))
        .toList();
  }

  /** Pieces that are executed from start to end or not at all. */
  private static List<List<String>> blocks(String kernel) {
    List<List<String>> blocks = new ArrayList<>(List.of(new ArrayList<>()));
    for (String line : instructions(kernel)) {
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
  private static List<String> vectorBlock(String kernel) {
    return only(kernel, block -> count(block, "(ld|st)\\.global.*\\.v\\d\\.") > 0);
  }

  private static List<String> only(String kernel, Predicate<List<String>> wanted) {
    List<List<String>> found = blocks(kernel).stream().filter(wanted).toList();
    assertEquals(1, found.size(), kernel + ": one such block");
    return found.get(0);
  }

  private static String real(DataType type) {
    return type == DataType.FLOAT32 ? "f32" : "f64";
  }

  /** The kernel of a variant and type. */
  private record Kernel(KernelSource source) {
    @Override
    public String toString() {
      return source.name();
    }

    /** The block that steps an element. */
    List<String> element() {
      return only(toString(), block -> count(block, "(ld|st)\\.global[.nc]*\\.f") > 0);
    }

    /** Operations that round: the formula's, for one element. */
    int operations() {
      Variant variant = source.variant();
      return 15 + (variant.momentum() ? 6 : 0) + (variant.centered() ? 4 : 0);
    }
  }

  static Stream<Kernel> kernels() {
    return Arrays.stream(DataType.values())
        .flatMap(
            type ->
                Arrays.stream(Variant.values())
                    .map(v -> new Kernel(new KernelSource(Dialect.CUDA, v, type, true, false))));
  }

  private static int count(List<String> lines, String pattern) {
    Pattern wanted = Pattern.compile("^(@!?%p\\d+\\s+)?" + pattern);
    return (int) lines.stream().filter(line -> wanted.matcher(line).find()).count();
  }

  @Test
  void theHeadIsForOldDriversAndGpus() {
    assertTrue(PTX.contains("\n.version 6.3\n.target sm_75\n.address_size 64\n"));
  }

  @Test
  void thereIsAKernelForEachVariantAndType() {
    Set<String> found =
        Pattern.compile("\\.entry (\\w+)\\(")
            .matcher(PTX)
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = new TreeSet<>();
    for (Kernel kernel : kernels().toList()) {
      expected.add(kernel + "");
      expected.add(kernel + "_controlled");
      PolicySource policy = new PolicySource(Dialect.CUDA, kernel.source.type(), true);
      expected.addAll(List.of(policy.sum(), policy.decide(), policy.add()));
    }
    assertEquals(expected, found);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theIndexCountsGroupsOfTheSizeThatIsLaunched(Kernel kernel) {
    String step = "mul\\.wide\\.u32\\s+%rd\\d+, %r\\d+, " + KernelSource.GROUP + ";";
    assertEquals(1, count(instructions(kernel.toString()), step));
  }

  @Test
  void nothingIsFusedFlushedOrApproximate() {
    for (String word : List.of("fma", "mad.rn", ".ftz", "approx", ".full", ".sat")) {
      assertFalse(PTX.contains(word), word);
    }
  }

  @Test
  void everyFloatOperationIsRoundedToNearest() {
    for (String line : PTX.lines().map(String::strip).toList()) {
      String opcode = line.replaceFirst("^@!?%p\\d+\\s+", "").split("[\\s;]", 2)[0];
      String operation = opcode.split("\\.", 2)[0];
      Matcher real = REAL.matcher(opcode);
      if (real.find() && !operation.isEmpty() && !EXACT.contains(operation)) {
        assertEquals(operation + ".rn." + real.group(1), opcode, line);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theMainPathMovesVectorsAndComputesTheFormula(Kernel kernel) {
    KernelSource source = kernel.source();
    int rows = source.variant().rows();
    List<String> vector = vectorBlock(kernel.toString());
    String type = "\\.v" + source.width() + "\\." + real(source.type()) + "\\s";
    assertEquals(1, count(vector, "ld\\.global\\.nc" + type), "the gradients");
    assertEquals(rows - 1, count(vector, "ld\\.global" + type));
    assertEquals(rows - 1, count(vector, "st\\.global" + type));
    assertEquals(2 * rows - 1, count(vector, "(ld|st)\\.(?!param)"), "no other access");
    assertEquals(kernel.operations() * source.width(), count(vector, "\\w+\\.rn\\."), "operations");

    List<String> element = kernel.element();
    assertEquals(2 * rows - 1, count(element, "(ld|st)\\.(?!param)"));
    assertEquals(kernel.operations(), count(element, "\\w+\\.rn\\."));
    assertEquals(
        4 * rows - 2,
        count(instructions(kernel.toString()), "(ld|st)\\.(?!param)"),
        "accesses in all");

    int executed = blocks(kernel.toString()).get(0).size() + vector.size() + 1; // and ret
    System.out.printf(
        Locale.ROOT,
        "%-34s %3d instructions for a vector of %d%n",
        kernel,
        executed,
        source.width());
  }

  /** Four loads that wait for nothing, and each square by itself. */
  @ParameterizedTest
  @EnumSource
  void theSumOfSquaresMovesFourVectorsAtATime(DataType type) {
    PolicySource source = new PolicySource(Dialect.CUDA, type, true);
    int width = KernelSource.width(type, true);
    List<String> block = vectorBlock(source.sum());
    String load = "ld\\.global\\.nc\\.v" + width + "\\." + real(type) + "\\s";
    assertEquals(4, count(block, load));
    assertEquals(4, count(block, "(ld|st)\\."), "no other access");
    assertEquals(4 * width, count(block, "mul\\.rn\\."));
    assertEquals(4 * width, count(block, "add\\.rn\\."));
  }
}
