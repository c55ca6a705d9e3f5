package dev.rootmean.spi;

import static dev.rootmean.DataType.BFLOAT16;
import static dev.rootmean.DataType.FLOAT32;
import static dev.rootmean.DataType.FLOAT64;

import dev.rootmean.DataType;
import dev.rootmean.GradientPolicy;
import dev.rootmean.GradientPolicy.NonFinite;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Row.Extent;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The kernels that there are, and which types go together: the only place that lists them. */
public final class Kernels {
  /** The types of a step's parameters, with their accumulators, and of its gradients. */
  private record Types(DataType params, DataType grads) {
    String family() {
      String name = params.name().toLowerCase(Locale.ROOT);
      return params == grads ? name : name + "_" + grads.name().toLowerCase(Locale.ROOT);
    }
  }

  private static final List<Types> TYPES =
      List.of(
          new Types(FLOAT32, FLOAT32), new Types(FLOAT64, FLOAT64), new Types(FLOAT32, BFLOAT16));

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
  private static final Kernel[][] STEPS = new Kernel[TYPES.size()][8];

  private static final Map<DataType, Kernel> SUM_SQUARES = new EnumMap<>(DataType.class);
  private static final Map<DataType, Kernel> DECIDE = new EnumMap<>(DataType.class);
  private static final Map<DataType, Kernel> ADD = new EnumMap<>(DataType.class);
  private static final Map<DataType, List<Row>> COPIES = new EnumMap<>(DataType.class);

  private static final List<Kernel> ALL = new ArrayList<>();

  static {
    for (int i = 0; i < TYPES.size(); i++) {
      Types types = TYPES.get(i);
      for (int switches = 0; switches < 8; switches++) {
        STEPS[i][switches] = step(types, switches);
      }
      SUM_SQUARES.put(
          types.grads,
          kernel(
              "sum_squares",
              types.family() + POLICY,
              types.grads.compute(),
              Shape.EACH_CHUNK,
              List.of(),
              new Row("g", "grads", types.grads, Access.READ, Extent.ELEMENT),
              new Row("s", "decision", types.grads.compute(), Access.WRITE, Extent.CHUNK)));
    }
    for (DataType type : List.of(FLOAT32, FLOAT64)) {
      String family = type.name().toLowerCase(Locale.ROOT) + POLICY;
      DECIDE.put(
          type,
          kernel(
              "decide",
              family,
              type,
              Shape.ONCE,
              POLICY_NUMBERS,
              new Row("s", "decision", type, Access.READ, Extent.ELEMENT),
              new Row("d", "decision", type, Access.UPDATE, Extent.WHOLE)));
      ADD.put(
          type,
          kernel(
              "add",
              family,
              type,
              Shape.EACH_ELEMENT,
              List.of(),
              new Row("s", "the target", type, Access.UPDATE, Extent.ELEMENT),
              new Row("a", "addend", type, Access.READ, Extent.ELEMENT)));
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

  private static Kernel step(Types types, int switches) {
    DataType type = types.params;
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("p", "params", type, Access.UPDATE, Extent.ELEMENT));
    rows.add(new Row("g", "grads", types.grads, Access.READ, Extent.ELEMENT));
    rows.add(new Row("v", "state.squareAverage", type, Access.UPDATE, Extent.ELEMENT));
    if ((switches & MOMENTUM) != 0) {
      rows.add(new Row("b", "state.momentum", type, Access.UPDATE, Extent.ELEMENT));
    }
    if ((switches & CENTERED) != 0) {
      rows.add(new Row("m", "state.gradientAverage", type, Access.UPDATE, Extent.ELEMENT));
    }
    boolean decided = (switches & DECIDED) != 0;
    if (decided) {
      rows.add(new Row("d", "decision", type.compute(), Access.READ, Extent.WHOLE));
    }
    String family = types.family() + (decided ? POLICY : "");
    return kernel(
        STEP,
        family,
        type.compute(),
        Shape.EACH_ELEMENT,
        Coefficients.NAMES,
        rows.toArray(new Row[0]));
  }

  private static Kernel kernel(
      String text,
      String family,
      DataType compute,
      Shape shape,
      List<String> numbers,
      Row... rows) {
    Kernel kernel = new Kernel(text, family, compute, shape, numbers, List.of(rows));
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

  static Kernel step(
      DataType params, DataType grads, boolean momentum, boolean centered, boolean decided) {
    for (int i = 0; i < STEPS.length; i++) {
      Types types = TYPES.get(i);
      if (types.params == params && types.grads == grads) {
        return STEPS[i][
            (momentum ? MOMENTUM : 0) | (centered ? CENTERED : 0) | (decided ? DECIDED : 0)];
      }
    }
    throw new IllegalArgumentException(
        "params of type "
            + params
            + " with grads of type "
            + grads
            + ": expected "
            + combinations());
  }

  private static String combinations() {
    return String.join(
        ", or ", TYPES.stream().map(types -> types.params + " with " + types.grads).toList());
  }

  static Kernel sumSquares(DataType grads) {
    return ofType(SUM_SQUARES, grads, "grads");
  }

  static Kernel decide(DataType compute) {
    return DECIDE.get(compute);
  }

  static Kernel add(DataType type) {
    return ofType(ADD, type, "the target");
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
