package dev.rootmean.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.kernels.KernelText.Dialect;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link KernelTextTest} does not say of steps that are launched together. */
class ManyLaunchesTextTest {
  static Stream<Kernel> kernels() {
    return Kernels.familiesTogether().stream().flatMap(family -> Kernels.ofFamily(family).stream());
  }

  /** What differs from launch to launch is in a table. */
  @ParameterizedTest
  @MethodSource("kernels")
  void stepsThatAreLaunchedTogetherHaveTheirRowsInATable(Kernel kernel) {
    String text = new KernelText(Dialect.CUDA_MANY, kernel.family(), 1).text();
    String name = "#define NAME " + kernel + "_many\n";
    assertEquals(kernel.text().startsWith("rmsprop"), text.contains(name));
    if (text.contains(name)) {
      boolean isRandom = kernel.rounding() == Rounding.RANDOM;
      StringBuilder found = new StringBuilder("#define LAUNCH FIND_LAUNCH");
      found.append(isRandom ? " FIND_PLACE" : "");
      int column = 4;
      for (String row : List.of("p", "g", "v", "b", "m", "r", "v_base", "b_base", "m_base")) {
        if (kernel.row(row) >= 0) {
          found.append(" FOUND(").append(row).append(", ").append(column++).append(')');
        }
      }
      String decision = kernel.row("d") >= 0 ? ", ROW(d)" : "";
      String arguments =
          "#define ARGUMENTS const INDEX launches, TABLE table, const rmsprop_numbers k"
              + (isRandom ? ", const INDEX key" : "")
              + decision;
      assertTrue(text.contains(name + arguments + "\n" + found + "\n"), kernel.name());
    }
  }

  /** Its groups are those of one launch, where a group has vectors or has not. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void stepsThatAreLaunchedTogetherHaveAVectorEach(int vectors) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new KernelText(Dialect.CUDA_MANY, "float32", vectors));
  }
}
