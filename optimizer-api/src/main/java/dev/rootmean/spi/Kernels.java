package dev.rootmean.spi;

import static dev.rootmean.DataType.INT32;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Row.Extent;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The kernels that there are, and which types go together: the only place that lists them.
 *
 * @since 0.1.0
 */
public final class Kernels {
  private static final List<String> POLICY_NUMBERS =
      List.of(
          "norm_clip",
          "norm_clip_epsilon",
          "micro_batches",
          "growth",
          "backoff",
          "growth_interval",
          "least",
          "skipping");

  /** By the place of their types, and by their switches. */
  private static final Kernel[][] STEPS = new Kernel[StepTypes.all().size()][StepKernels.VARIANTS];

  /** The same, of rows of a table; null where the types have none. */
  private static final Kernel[][] ROW_STEPS = new Kernel[StepTypes.all().size()][];

  /** By the type of gradients. */
  private static final Map<DataType, Kernel> MERGES = new EnumMap<>(DataType.class);

  /** By the type of gradients, of what is decided by, and of what is added. */
  private static final Map<DataType, Kernel> SUM_SQUARES = new EnumMap<>(DataType.class);

  private static final Map<DataType, Kernel> DECIDE = new EnumMap<>(DataType.class);
  private static final Map<DataType, Kernel> ADD = new EnumMap<>(DataType.class);
  private static final Map<DataType, List<Row>> COPIES = new EnumMap<>(DataType.class);

  private static final List<Kernel> ALL = new ArrayList<>();

  static {
    for (int i = 0; i < STEPS.length; i++) {
      StepTypes types = StepTypes.all().get(i);
      for (int switches = 0; switches < STEPS[i].length; switches++) {
        STEPS[i][switches] = add(StepKernels.step(types, switches));
      }
      if (types.params() == types.params().compute() && !SUM_SQUARES.containsKey(types.grads())) {
        addPolicy(types.grads(), types.family() + StepKernels.POLICY);
      }
    }
    for (int i = 0; i < ROW_STEPS.length; i++) {
      if (StepTypes.all().get(i).hasRows()) {
        addRows(i);
      }
    }
    for (DataType type : DataType.values()) {
      COPIES.put(
          type,
          List.of(
              new Row("t", "the target", type, Access.WRITE, Extent.ELEMENT),
              new Row("s", "source", type, Access.READ, Extent.ELEMENT)));
    }
  }

  private Kernels() {}

  /** What there is for gradients of a type. */
  private static void addPolicy(DataType grads, String family) {
    DataType compute = grads.compute();
    SUM_SQUARES.put(
        grads,
        kernel(
            "sum_squares",
            family,
            compute,
            Shape.EACH_CHUNK,
            List.of(),
            new Row("g", "grads", grads, Access.READ, Extent.ELEMENT),
            new Row("s", "decision", compute, Access.WRITE, Extent.CHUNK)));
    if (grads == compute) {
      DECIDE.put(
          grads,
          kernel(
              "decide",
              family,
              grads,
              Shape.ONCE,
              POLICY_NUMBERS,
              new Row("s", "decision", grads, Access.READ, Extent.ELEMENT),
              new Row("d", "decision", grads, Access.UPDATE, Extent.WHOLE)));
    }
    ADD.put(
        grads,
        kernel(
            "add",
            family,
            compute,
            Shape.EACH_ELEMENT,
            List.of(),
            new Row("s", "the target", compute, Access.UPDATE, Extent.ELEMENT),
            new Row("a", "addend", grads, Access.READ, Extent.ELEMENT)));
  }

  /** What there is for the types of a step of rows. */
  private static void addRows(int types) {
    StepTypes stored = StepTypes.all().get(types);
    ROW_STEPS[types] = new Kernel[STEPS[types].length];
    for (int switches = 0; switches < ROW_STEPS[types].length; switches++) {
      ROW_STEPS[types][switches] = add(StepKernels.rowStep(stored, switches));
    }
    DataType grads = stored.grads();
    if (!MERGES.containsKey(grads)) {
      MERGES.put(
          grads,
          kernel(
              "merge_rows",
              stored.family() + StepKernels.ROWS,
              grads,
              Shape.EACH_ROW,
              List.of(),
              new Row("g", "grads", grads, Access.READ, Extent.WHOLE),
              new Row("o", "order", INT32, Access.READ, Extent.WHOLE),
              new Row("f", "starts", INT32, Access.READ, Extent.BOUND),
              new Row("s", "sums", grads, Access.WRITE, Extent.WIDE)));
    }
  }

  private static Kernel kernel(
      String text,
      String family,
      DataType compute,
      Shape shape,
      List<String> numbers,
      Row... rows) {
    return add(new Kernel(text, family, compute, shape, numbers, Rounding.NEAREST, List.of(rows)));
  }

  private static Kernel add(Kernel kernel) {
    ALL.add(kernel);
    return kernel;
  }

  /**
   * All kernels.
   *
   * @return each once
   */
  public static List<Kernel> all() {
    return List.copyOf(ALL);
  }

  /**
   * The families of all kernels.
   *
   * @return each once, that of float steps without a policy first
   */
  public static List<String> families() {
    return ALL.stream().map(Kernel::family).distinct().toList();
  }

  /**
   * The kernels of a family.
   *
   * @param family its name
   * @return at least one
   */
  public static List<Kernel> ofFamily(String family) {
    return ALL.stream().filter(kernel -> kernel.family().equals(family)).toList();
  }

  /**
   * The steps of a family.
   *
   * @param family its name
   * @return at least one
   */
  public static List<Kernel> stepsOf(String family) {
    return ofFamily(family).stream().filter(Kernels::isStep).toList();
  }

  /**
   * Whether a kernel is a step.
   *
   * @param kernel any
   * @return whether it is one of {@link #stepsOf} its family
   */
  public static boolean isStep(Kernel kernel) {
    return kernel.numbers().equals(Coefficients.NAMES);
  }

  /**
   * The families whose steps can be launched together: all but those of rows.
   *
   * @return each once
   */
  public static List<String> familiesTogether() {
    return families().stream()
        .filter(family -> stepsOf(family).get(0).shape() != Shape.EACH_ROW)
        .toList();
  }

  /**
   * Refuses types that no step has.
   *
   * @param params of parameters
   * @param grads of gradients
   * @param accumulators of each accumulator
   * @param remainder whether parameters have their lower halves beside them
   * @param rounding of what is stored in fewer bits than it is computed in
   * @throws IllegalArgumentException naming all that there are
   */
  public static void requireStep(
      DataType params,
      DataType grads,
      DataType accumulators,
      boolean remainder,
      Rounding rounding) {
    int unused = StepTypes.find(params, grads, accumulators, remainder, rounding, false);
  }

  /** The step of the types at a place in {@link StepTypes#all}. */
  static Kernel step(int types, boolean momentum, boolean centered, boolean decided) {
    return STEPS[types][StepKernels.switches(momentum, centered, decided)];
  }

  /** The step of rows of the types at a place in {@link StepTypes#all}, which have one. */
  static Kernel rowStep(int types, boolean momentum, boolean centered, boolean decided) {
    return ROW_STEPS[types][StepKernels.switches(momentum, centered, decided)];
  }

  /** What sums rows of gradients. */
  static Kernel merge(DataType grads) {
    return MERGES.get(grads);
  }

  static Kernel sumSquares(DataType grads) {
    return ofType(SUM_SQUARES, grads, "grads");
  }

  static Kernel decide(DataType compute) {
    return DECIDE.get(compute);
  }

  /** What adds elements of a type to such as they are computed in. */
  static Kernel add(DataType addend) {
    return ofType(ADD, addend, "addend");
  }

  private static Kernel ofType(Map<DataType, Kernel> kernels, DataType type, String role) {
    Kernel kernel = kernels.get(type);
    if (kernel == null) {
      throw new IllegalArgumentException(
          role + " has type " + type + ": expected one of " + kernels.keySet());
    }
    return kernel;
  }

  /** The most rows that a kernel has. */
  static int mostRows() {
    return ALL.stream().mapToInt(kernel -> kernel.rows().size()).max().orElseThrow();
  }

  /** What a device's own copy takes, for it to be checked like a kernel's. */
  static List<Row> rowsOfCopy(DataType type) {
    return COPIES.get(type);
  }

  /** What DECIDE decides by. */
  static Numbers numbers(GradientPolicy policy, DataType compute) {
    return new Numbers(
        compute,
        policy.normClip(), // in the order of POLICY_NUMBERS
        policy.normClipEpsilon(),
        policy.microBatches(),
        policy.lossScale().growth(),
        policy.lossScale().backoff(),
        policy.lossScale().growthInterval(),
        policy.lossScale().least(),
        policy.nonFinite() == NonFinite.IGNORE ? 0 : 1);
  }
}
