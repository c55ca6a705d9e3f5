package dev.rootmean.spi;

import static dev.rootmean.DataType.INT16;

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

/** The kernels that there are, and which types go together: the only place that lists them. */
public final class Kernels {
  /** What a step's kernels are written in. */
  private static final String STEP = "rmsprop";

  private static final String POLICY = "_policy";

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

  private static final int MOMENTUM = 1;
  private static final int CENTERED = 2;
  private static final int DECIDED = 4;

  /** By the place of their types, and by their switches. */
  private static final Kernel[][] STEPS = new Kernel[StepTypes.all().size()][8];

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
        STEPS[i][switches] = step(types, switches);
      }
      if (types.params() == types.params().compute() && !SUM_SQUARES.containsKey(types.grads())) {
        addPolicy(types.grads(), types.family() + POLICY);
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

  private static Kernel step(StepTypes types, int switches) {
    DataType kept = types.accumulators();
    DataType compute = types.params().compute();
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("p", "params", types.params(), Access.UPDATE, Extent.ELEMENT));
    rows.add(new Row("g", "grads", types.grads(), Access.READ, Extent.ELEMENT));
    rows.add(new Row("v", "state.squareAverage", kept, Access.UPDATE, Extent.ELEMENT));
    if ((switches & MOMENTUM) != 0) {
      rows.add(new Row("b", "state.momentum", kept, Access.UPDATE, Extent.ELEMENT));
    }
    if ((switches & CENTERED) != 0) {
      rows.add(new Row("m", "state.gradientAverage", kept, Access.UPDATE, Extent.ELEMENT));
    }
    if (types.remainder()) {
      rows.add(new Row("r", "state.remainder", INT16, Access.UPDATE, Extent.ELEMENT));
    }
    boolean decided = (switches & DECIDED) != 0;
    if (decided) {
      rows.add(new Row("d", "decision", compute, Access.READ, Extent.WHOLE));
    }
    return add(
        new Kernel(
            STEP,
            types.family() + (decided ? POLICY : ""),
            compute,
            Shape.EACH_ELEMENT,
            Coefficients.NAMES,
            types.rounding(),
            rows));
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
   * The steps of a family, which alone are launched together.
   *
   * @param family its name
   * @return at least one
   */
  public static List<Kernel> stepsOf(String family) {
    return ofFamily(family).stream().filter(kernel -> kernel.text().equals(STEP)).toList();
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
    int unused = StepTypes.find(params, grads, accumulators, remainder, rounding);
  }

  /** The step of the types at a place in {@link StepTypes#all}. */
  static Kernel step(int types, boolean momentum, boolean centered, boolean decided) {
    return STEPS[types][
        (momentum ? MOMENTUM : 0) | (centered ? CENTERED : 0) | (decided ? DECIDED : 0)];
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
