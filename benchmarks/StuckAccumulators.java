import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rootmean.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How far accumulators in few bits fall when gradients do; see stuck-accumulators. */
class StuckAccumulators {
  private static final double[] DECAYS = {0.9, 0.99, 0.999};
  private static final float GRADIENT = 0.1f;

  /** Time constants of the average: less than e^-10 of the start is left in the true one. */
  private static final int TIMES = 10;

  /** So many points of a curve are seen. */
  private static final int POINTS = 400;

  /**
   * What became of a format at a decay.
   *
   * @param steps at which the ratios were taken
   * @param ratios of the mean of the elements whose gradient fell to what it should be
   */
  record Curve(String format, double decay, double[] steps, double[] ratios) {
    double last() {
      return ratios[ratios.length - 1];
    }
  }

  private static Map<String, Accumulator.Format> formats() {
    Map<String, Accumulator.Format> all = new LinkedHashMap<>();
    all.put(
        "bfloat16, nearest (PyTorch, Keras, MLX, Optax)",
        Accumulator.rounded(RebuiltFormats::bfloat16));
    all.put(
        "8 bits, signed dynamic map (bitsandbytes)",
        Accumulator.rounded(RebuiltFormats.nearestOf(RebuiltFormats.dynamicMap(true))));
    all.put(
        "8 bits, unsigned dynamic map (torchao)",
        Accumulator.rounded(RebuiltFormats.nearestOf(RebuiltFormats.dynamicMap(false))));
    all.put("float8 e4m3 (torchao)", Accumulator.rounded(RebuiltFormats::e4m3));
    all.put("Rootmean: bfloat16, random bits", OurFormats.of(DataType.BFLOAT16));
    all.put("Rootmean: BLOCK8, random bits", OurFormats.of(DataType.BLOCK8));
    return all;
  }

  public static void main(String[] args) throws IOException {
    List<Curve> curves = new ArrayList<>();
    for (double decay : DECAYS) {
      formats().forEach((name, format) -> curves.add(run(name, format, decay)));
    }
    boolean json = args[0].equals("--json");
    System.out.println(json ? toJson(curves) : toTable(curves));
    if (!args[1].isEmpty()) {
      Files.write(Path.of(args[1]), StuckChart.png(curves, List.of(0.99, 0.999)));
    }
  }

  private static Curve run(String name, Accumulator.Format format, double decay) {
    int steps = (int) Math.round(TIMES / (1 - decay));
    int stride = Math.max(1, steps / POINTS);
    float[] gradients = new float[Accumulator.BLOCK];
    Arrays.fill(gradients, GRADIENT);
    gradients[Accumulator.BLOCK - 1] = 1;
    double[] at = new double[steps / stride];
    double[] ratios = new double[at.length];
    double expected = 1;
    try (Accumulator accumulator = format.begin(decay)) {
      for (int step = 1; step <= steps; step++) {
        float[] v = accumulator.step(step - 1, gradients);
        expected = decay * expected + (1 - decay) * GRADIENT * GRADIENT;
        if (step % stride == 0) {
          at[step / stride - 1] = step;
          ratios[step / stride - 1] = mean(v) / expected;
        }
      }
    }
    return new Curve(name, decay, at, ratios);
  }

  /** Of all but the one whose gradient has not fallen. */
  private static double mean(float[] v) {
    double sum = 0;
    for (int i = 0; i < v.length - 1; i++) {
      sum += v[i];
    }
    return sum / (v.length - 1);
  }

  private static String toTable(List<Curve> curves) {
    StringBuilder table = new StringBuilder("| square average kept as |");
    for (double decay : DECAYS) {
      table.append(" decay ").append(decay).append(" |");
    }
    table.append("\n|---|").append("---|".repeat(DECAYS.length));
    for (String format : formats().keySet()) {
      table.append("\n| ").append(format).append(" |");
      for (Curve curve : curves) {
        if (curve.format().equals(format)) {
          String digits = curve.last() < 10 ? " %.2f |" : " %.1f |";
          table.append(String.format(Locale.ROOT, digits, curve.last()));
        }
      }
    }
    return table.toString();
  }

  private static ArrayNode toJson(List<Curve> curves) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Curve curve : curves) {
      ObjectNode one = all.addObject();
      one.put("format", curve.format());
      one.put("decay", curve.decay());
      one.put("steps", (int) curve.steps()[curve.steps().length - 1]);
      one.put("ratio", curve.last());
    }
    return all;
  }
}
