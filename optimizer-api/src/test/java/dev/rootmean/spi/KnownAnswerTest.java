package dev.rootmean.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.ScalarDevice;
import dev.rootmean.contract.TypedArray;
import dev.rootmean.contract.Wrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("any-jdk")
class KnownAnswerTest {
  static List<String> families() {
    return Kernels.families();
  }

  static List<Kernel> kernels() {
    return Kernels.all();
  }

  /** The answers are what the tests' own formula gives, which numbers worked by hand anchor. */
  @ParameterizedTest
  @MethodSource("families")
  void theAnswersAreTheRules(String family) {
    try (OptimizerBackend right = ScalarDevice.open(new ScalarDevice())) {
      assertEquals(
          Optional.empty(),
          KnownAnswer.wrongStep(right, family, false),
          () -> KnownAnswer.hashes(right, family).toString());
      if (Kernels.familiesTogether().contains(family)) {
        assertEquals(Optional.empty(), KnownAnswer.wrongStep(right, family, true));
      }
    }
  }

  /** The last bit of one element, in whatever row a kernel writes. */
  @ParameterizedTest
  @MethodSource("kernels")
  void aSingleWrongBitIsNoticed(Kernel kernel) {
    for (int row = 0; row < kernel.rows().size(); row++) {
      if (kernel.rows().get(row).isWritten()) {
        for (int element : elements(kernel, row)) {
          try (OptimizerBackend wrong =
              ScalarDevice.openInexact(new OneBitOff(kernel, row, element))) {
            assertTrue(
                KnownAnswer.wrongStep(wrong, kernel.family(), false).isPresent(),
                kernel + ", row " + row + ", element " + element);
          }
        }
      }
    }
  }

  /** Each place in a vector, and others; of the other families, which are many, one in each row. */
  private static int[] elements(Kernel kernel, int row) {
    return kernel.family().equals("float32")
        ? new int[] {0, 1, 2, 3, 500, 1001}
        : new int[] {row % 2 == 0 ? kernel.rows().size() % 4 : 1001};
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aKernelThatDoesNothingIsNoticed(Kernel kernel) {
    try (OptimizerBackend wrong = ScalarDevice.openInexact(new Without(kernel::equals))) {
      assertTrue(KnownAnswer.wrongStep(wrong, kernel.family(), false).isPresent());
    }
  }

  /** Who opens a device tries the first family; each other one is tried when it is first used. */
  @Test
  void aFamilyIsTriedBeforeItsFirstLaunch() {
    List<String> launched = new ArrayList<>();
    Device<TypedArray> device =
        new Wrapped<>(new ScalarDevice()) {
          @Override
          public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
            launched.add(kernel.family());
            super.launch(kernel, numbers, rows);
          }
        };
    RmsProp rule = RmsProp.builder().build();
    try (OptimizerBackend backend = ScalarDevice.open(device)) {
      for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
        try (DeviceBuffer params = backend.allocate(type, 3);
            DeviceBuffer grads = backend.allocate(type, 3);
            RmsPropState state = RmsPropState.allocate(backend, rule, type, 3)) {
          backend.step(rule, params, grads, state);
          backend.step(rule, params, grads, state);
        }
      }
    }
    assertEquals(List.of("float32", "float32"), launched.subList(0, 2));
    assertEquals(Set.of("float64"), Set.copyOf(launched.subList(2, launched.size())));
    assertEquals(4 * 2 + 2, launched.size() - 2, "the known steps once, and two of the user's");
  }

  @Test
  void aFamilyWithOtherBitsIsRefusedEachTime() {
    Device<TypedArray> device = new Without(kernel -> kernel.family().equals("float64"));
    RmsProp rule = RmsProp.builder().build();
    try (OptimizerBackend backend = ScalarDevice.open(device);
        DeviceBuffer params = backend.allocate(DataType.FLOAT64, 3);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT64, 3);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT64, 3)) {
      for (int i = 0; i < 2; i++) {
        BackendException e =
            assertThrows(BackendException.class, () -> backend.step(rule, params, grads, state));
        assertTrue(e.getMessage().contains("gives other bits"), e.getMessage());
      }
    }
    try (OptimizerBackend backend = ScalarDevice.openInexact(device);
        DeviceBuffer params = backend.allocate(DataType.FLOAT64, 3);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT64, 3);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT64, 3)) {
      backend.step(rule, params, grads, state); // it does not say that it is exact
      assertFalse(backend.info().exact());
    }
  }

  /** What steps several tensors at once may be other code than what steps one. */
  @Test
  void severalAtOnceAreTriedBeforeTheirFirstLaunch() {
    List<Integer> launched = new ArrayList<>();
    boolean[] isWrong = {true};
    Device<TypedArray> device =
        new Wrapped<>(new ScalarDevice()) {
          @Override
          public int mostLaunches() {
            return 3;
          }

          @Override
          public void launch(Kernel kernel, Numbers numbers, List<Rows<TypedArray>> rows) {
            launched.add(rows.size());
            if (!isWrong[0]) {
              rows.forEach(each -> launch(kernel, numbers, each));
            }
          }
        };
    RmsProp rule = RmsProp.builder().build();
    try (OptimizerBackend backend = ScalarDevice.open(device);
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, 2);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, 2);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, 2)) {
      MultiTensorStep step = backend.multiTensorStep();
      step.add(params.slice(0, 1), grads.slice(0, 1), state.slice(0, 1));
      step.step(rule, 0);
      assertEquals(List.of(), launched, "one alone is tried already");
      step.add(params.slice(1, 1), grads.slice(1, 1), state.slice(1, 1));
      BackendException e = assertThrows(BackendException.class, () -> step.step(rule, 0));
      assertTrue(e.getMessage().contains("of several tensors gives other bits"), e.getMessage());
      isWrong[0] = false;
      launched.clear();
      assertEquals(2, step.step(rule, 0));
      assertEquals(2, step.step(rule, 0));
      assertEquals(List.of(3, 3, 3, 3, 3, 3, 3, 3, 2, 2), launched);
    }
  }

  /** Some kernels do nothing. */
  private static final class Without extends Wrapped<TypedArray> {
    private final Predicate<Kernel> left;

    Without(Predicate<Kernel> left) {
      super(new ScalarDevice());
      this.left = left;
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      if (!left.test(kernel)) {
        super.launch(kernel, numbers, rows);
      }
    }
  }

  /** A kernel gets one element wrong. */
  private static final class OneBitOff extends Wrapped<TypedArray> {
    private final Kernel wrong;
    private final int row;
    private final int element;
    private int launches;

    OneBitOff(Kernel wrong, int row, int element) {
      super(new ScalarDevice());
      this.wrong = wrong;
      this.row = row;
      this.element = element;
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, Rows<TypedArray> rows) {
      super.launch(kernel, numbers, rows);
      if (kernel == wrong) {
        boolean isElement = kernel.rows().get(row).extent() == Row.Extent.ELEMENT;
        int i = (int) rows.offset(row) + (isElement ? element % (int) rows.length() : 0);
        if (kernel.rows().get(row).type().isInBlocks()) {
          if (++launches % 2 == 0) { // off in both of a trial's steps, it could end as it should
            rows.memory(row).code(i, rows.memory(row).code(i) ^ 1);
          }
          return;
        }
        double right = rows.memory(row).get(i);
        // A NaN stays one, whatever its last bit: it becomes a number instead.
        DataType type = kernel.rows().get(row).type();
        rows.memory(row).set(i, Double.isNaN(right) ? 0 : neighbour(right, type));
      }
    }

    private static double neighbour(double x, DataType type) {
      if (type == DataType.INT32) {
        return x + 1;
      }
      if (type == DataType.INT16) {
        return x == 0 ? 1 : 0; // what it is the last bit of may be a NaN
      }
      double next = x;
      for (double step = Math.max(Math.abs(x) * 0x1p-54, Double.MIN_VALUE); next == x; step *= 2) {
        next = type.round(x < 0 ? x + step : x - step);
      }
      return next;
    }
  }
}
