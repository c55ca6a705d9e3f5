package dev.rootmean.spi;

import static dev.rootmean.DataType.INT16;
import static dev.rootmean.DataType.INT32;

import dev.rootmean.DataType;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Row.Access;
import dev.rootmean.spi.Row.Extent;
import java.util.ArrayList;
import java.util.List;

/** Makes the kernels of steps, by their types and their switches. */
final class StepKernels {
  /** What names families whose steps a policy decides on, and such of rows of a table. */
  static final String POLICY = "_policy";

  static final String ROWS = "_rows";

  /** Ends the names of rows that have the bases of another one. */
  private static final String BASE = "_base";

  private static final int MOMENTUM = 1;
  private static final int CENTERED = 2;
  private static final int DECIDED = 4;

  /** Of all switches. */
  static final int VARIANTS = 8;

  private StepKernels() {}

  static int switches(boolean momentum, boolean centered, boolean decided) {
    return (momentum ? MOMENTUM : 0) | (centered ? CENTERED : 0) | (decided ? DECIDED : 0);
  }

  static Kernel step(StepTypes types, int switches) {
    boolean inBlocks = types.accumulators().isInBlocks();
    return new Kernel(
        inBlocks ? "rmsprop_block8" : "rmsprop",
        types.family() + policy(switches),
        types.params().compute(),
        inBlocks ? Shape.EACH_BLOCK : Shape.EACH_ELEMENT,
        Coefficients.NAMES,
        types.rounding(),
        rows(types, switches, Extent.ELEMENT));
  }

  /** The first rows are those of the other step: what steps elements finds them there. */
  static Kernel rowStep(StepTypes types, int switches) {
    List<Row> rows = rows(types, switches, Extent.WHOLE);
    rows.add(new Row("a", "rows", INT32, Access.READ, Extent.ELEMENT));
    rows.add(new Row("o", "order", INT32, Access.READ, Extent.ELEMENT));
    return new Kernel(
        "step_rows",
        types.family() + ROWS + policy(switches),
        types.params().compute(),
        Shape.EACH_ROW,
        Coefficients.NAMES,
        types.rounding(),
        rows);
  }

  private static String policy(int switches) {
    return (switches & DECIDED) != 0 ? POLICY : "";
  }

  /** All but bases and the decision have one extent. */
  private static List<Row> rows(StepTypes types, int switches, Extent extent) {
    DataType kept = types.accumulators();
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("p", "params", types.params(), Access.UPDATE, extent));
    rows.add(new Row("g", "grads", types.grads(), Access.READ, extent));
    rows.add(new Row("v", "state.squareAverage", kept, Access.UPDATE, extent));
    DataType signed = kept.withSign();
    if ((switches & MOMENTUM) != 0) {
      rows.add(new Row("b", "state.momentum", signed, Access.UPDATE, extent));
    }
    if ((switches & CENTERED) != 0) {
      rows.add(new Row("m", "state.gradientAverage", signed, Access.UPDATE, extent));
    }
    if (types.remainder()) {
      rows.add(new Row("r", "state.remainder", INT16, Access.UPDATE, extent));
    }
    for (Row row : List.copyOf(rows)) {
      if (row.type().isInBlocks()) {
        String role = row.role() + "'s bases";
        rows.add(new Row(row.name() + BASE, role, INT32, Access.UPDATE, Extent.BLOCK));
      }
    }
    if ((switches & DECIDED) != 0) {
      DataType compute = types.params().compute();
      rows.add(new Row("d", "decision", compute, Access.READ, Extent.WHOLE));
    }
    return rows;
  }
}
