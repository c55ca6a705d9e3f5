package dev.rootmean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.contract.Bits;
import dev.rootmean.contract.Elements;
import dev.rootmean.contract.machinery.JavaHeap;
import java.util.AbstractCollection;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps in which only some tensors have a gradient; what they compute is the contract's. */
class SomeTensorsTest {
  private static final GradientPolicy CLIP = GradientPolicy.NONE.withNormClip(1);
  private static final List<String> SOME = List.of("scale", "c", "a.weight");

  private final CountingDevice device = new CountingDevice();
  private final OptimizerBackend backend = device.open();

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, device.held, "buffers that are not freed");
    backend.close();
  }

  private OptimizerBuilder layers() {
    return Layers.on(backend);
  }

  /** Where PyTorch's RMSprop ends, with gradients in three of ten steps, and what zeros do. */
  @ParameterizedTest
  @CsvSource({"false, 0.536", "true, -0.418"})
  void aTensorWithoutGradientStaysWherePyTorchLeavesIt(boolean byZeros, double expected) {
    RmsProp rule = Preset.PYTORCH.rule().toBuilder().momentum(0.9).weightDecay(0.01).build();
    try (Optimizer optimizer = Optimizer.builder(backend, rule).parameter("w").build()) {
      optimizer.parameter("w").write(new float[] {1});
      for (int step = 0; step < 10; step++) {
        boolean has = step < 3;
        optimizer.gradient("w").write(new float[] {has ? 1 : 0});
        optimizer.step(has || byZeros ? List.of("w") : List.of());
      }
      float[] p = new float[1];
      optimizer.parameter("w").read(p);
      assertEquals(expected, Math.round(p[0] * 1000) / 1000.0);
    }
  }

  @Test
  void neighboursInAGroupAreOneLaunch() {
    try (Optimizer optimizer = layers().build()) {
      assertLaunches(3, optimizer, List.of("c", "a.bias", "scale", "b.weight", "a.weight"));
      assertLaunches(1, optimizer, Set.of("a.weight", "b.weight"));
      assertLaunches(2, optimizer, List.of("b.weight", "a.bias"));
      assertLaunches(3, optimizer, SOME);
      assertLaunches(0, optimizer, List.of());
    }
  }

  private void assertLaunches(int expected, Optimizer optimizer, Collection<String> names) {
    device.launches = 0;
    assertTrue(optimizer.step(names));
    assertEquals(expected, device.launches, "launches for " + names);
  }

  @Test
  void aStepWithoutAnyGradientIsAStep() {
    try (Optimizer optimizer = layers().policy(CLIP).schedule(step -> 0.1 / (step + 1)).build()) {
      Layers.write(optimizer, 1);
      optimizer.step();
      double[] before = parameters(optimizer);
      Layers.write(optimizer, 2);
      assertTrue(optimizer.step(List.of()));
      Bits.assertHolds("the parameters", optimizer.parameters(), before);
      assertEquals(2, optimizer.stepCount());
      assertEquals(0.05, optimizer.learningRate());
      assertEquals(0, optimizer.gradientNorm());
    }
  }

  /** Nobody who measures nothing pays for it. */
  @Test
  void onlyAPolicyThatMeasuresSetsTheOthersToZero() {
    try (Optimizer plain = layers().build();
        Optimizer clipping = layers().policy(CLIP).build()) {
      for (Optimizer optimizer : List.of(plain, clipping)) {
        Layers.write(optimizer, 1);
        optimizer.step(SOME);
        for (String name : optimizer.names()) {
          boolean zero = optimizer == clipping && !SOME.contains(name);
          double[] gradient = Layers.gradient(optimizer, name, 1);
          double[] expected = zero ? new double[gradient.length] : gradient;
          Bits.assertHolds(name + "'s gradient", optimizer.gradient(name), expected);
        }
      }
    }
  }

  @Test
  void namesThatCannotBeChangeNothing() {
    int[] asked = {0};
    LearningRateSchedule schedule =
        step -> {
          asked[0]++;
          return 0.1;
        };
    try (Optimizer optimizer = layers().policy(CLIP).schedule(schedule).build()) {
      Layers.write(optimizer, 1);
      double[] gradients = new double[(int) optimizer.gradients().length()];
      Elements.read(optimizer.gradients(), gradients);
      String unknown = refused(IllegalArgumentException.class, optimizer, List.of("c", "d"));
      assertEquals("no parameter \"d\": there is a.weight, b.weight, a.bias, scale, c", unknown);
      String twice = refused(IllegalArgumentException.class, optimizer, List.of("c", "scale", "c"));
      assertEquals("parameter \"c\" is named twice: expected each name once", twice);
      assertEquals(
          "name", refused(NullPointerException.class, optimizer, Arrays.asList("c", null)));
      assertEquals("names", refused(NullPointerException.class, optimizer, null));
      Bits.assertHolds("the gradients", optimizer.gradients(), gradients);
      assertEquals(0, asked[0], "learning rates asked for");
      assertEquals(0, device.launches);
      assertEquals(0, optimizer.stepCount());
      assertLaunches(1, optimizer, List.of("c"));
    }
  }

  private static String refused(
      Class<? extends Exception> expected, Optimizer optimizer, Collection<String> names) {
    return assertThrows(expected, () -> optimizer.step(names)).getMessage();
  }

  /**
   * A fill and the two halves of a measurement come before the three launches. A step whose fill is
   * refused is not begun.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aHalfDoneStepGoesOnWithItsTensors(int refused) {
    try (Optimizer whole = layers().policy(CLIP).build();
        Optimizer refusing = layers().policy(CLIP).build()) {
      for (Optimizer optimizer : List.of(whole, refusing)) {
        Layers.write(optimizer, 1);
        optimizer.step();
        Layers.write(optimizer, 2);
      }
      whole.step(SOME);
      device.callsUntilRefused = refused;
      assertThrows(DeviceOutOfMemoryException.class, () -> refusing.step(SOME));
      if (refused < 4) {
        refusing.step(SOME);
      } else {
        String message = refused(IllegalStateException.class, refusing, List.of("c"));
        String words = "step 2 is half done, " + (refused - 4) + " of 3 launches";
        assertTrue(message.startsWith(words), message);
        assertTrue(refusing.retryStep());
      }
      assertEquals(whole.progress(), refusing.progress());
      Bits.assertHolds("the parameters", refusing.parameters(), parameters(whole));
    }
  }

  @Test
  void aHalfDoneStepIsGivenUp() {
    try (Optimizer optimizer = layers().build()) {
      Layers.write(optimizer, 1);
      device.callsUntilRefused = 2;
      assertThrows(DeviceOutOfMemoryException.class, () -> optimizer.step(SOME));
      optimizer.abandonStep();
      assertEquals(1, optimizer.stepCount());
      assertTrue(moved(optimizer, "a.weight"));
      for (String name : List.of("b.weight", "a.bias", "scale", "c")) {
        assertEquals(false, moved(optimizer, name), name);
      }
      optimizer.step(List.of("b.weight"));
      assertTrue(moved(optimizer, "b.weight"));
    }
  }

  private static boolean moved(Optimizer optimizer, String name) {
    double[] values = new double[(int) optimizer.parameter(name).length()];
    Elements.read(optimizer.parameter(name), values);
    return Arrays.stream(values).anyMatch(value -> value != 0);
  }

  private static double[] parameters(Optimizer optimizer) {
    double[] values = new double[(int) optimizer.parameters().length()];
    Elements.read(optimizer.parameters(), values);
    return values;
  }

  @Test
  void stepsByTheSameTensorsAllocateNothing() {
    Collection<String> names = withOneIterator(SOME);
    GradientPolicy unwatched = CLIP.withNonFinite(GradientPolicy.NonFinite.IGNORE);
    try (Optimizer plain = layers().build();
        Optimizer clipping = layers().policy(unwatched).build()) {
      for (Optimizer optimizer : List.of(plain, clipping)) {
        long least =
            JavaHeap.least(
                50,
                40,
                i -> {
                  optimizer.step(names);
                  optimizer.step();
                });
        assertEquals(0, least, "bytes on the Java heap for 80 steps");
      }
    }
  }

  /** Makes no iterator anew. */
  private static Collection<String> withOneIterator(List<String> names) {
    ListIterator<String> iterator = names.listIterator();
    return new AbstractCollection<>() {
      @Override
      public Iterator<String> iterator() {
        while (iterator.hasPrevious()) {
          iterator.previous();
        }
        return iterator;
      }

      @Override
      public int size() {
        return names.size();
      }
    };
  }
}
