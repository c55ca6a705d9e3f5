package dev.rootmean.cpu;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.GradientDecision;
import dev.rootmean.GradientPolicy;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * All that can be done to buffers of more than 2³² elements, in memory that a test has. The pages
 * at both ends, around 2³¹ and around 2³² are arrays of their own, which must come out as they do
 * in short buffers. All other pages of a buffer are one array of zeros, which every operation
 * leaves as it is: what is written to a wrong place is seen there, or in the arrays.
 */
class LongBufferTest {
  private static final int SIZE = Pages.SIZE;
  private static final long LENGTH = (1L << 32) + 2 * SIZE + 5;
  private static final Windows FAR =
      new Windows(
          List.of(
              new Part(0, 2 * SIZE),
              new Part((1L << 31) - SIZE, 2 * SIZE),
              new Part((1L << 32) - SIZE, 3 * SIZE + 5)));
  private static final Windows NEAR = new Windows(List.of(new Part(0, FAR.count())));

  private static final RmsProp PLAIN = RmsProp.builder().weightDecay(0.1).build();
  private static final RmsProp BOTH =
      RmsProp.builder().momentum(0.9).centered(true).weightDecay(0.1).build();

  private record Part(long start, int count) {
    long end() {
      return start + count;
    }
  }

  /** The elements of a buffer that are looked at, as if they lay one behind another. */
  private record Windows(List<Part> parts) {
    int count() {
      return parts.stream().mapToInt(Part::count).sum();
    }

    long length() {
      return last().end();
    }

    Part last() {
      return parts.get(parts.size() - 1);
    }

    void write(DeviceBuffer buffer, float[] values) {
      int at = 0;
      for (Part part : parts) {
        buffer.write(part.start(), values, at, part.count());
        at += part.count();
      }
    }

    float[] read(DeviceBuffer buffer) {
      float[] values = new float[count()];
      int at = 0;
      for (Part part : parts) {
        buffer.read(part.start(), values, at, part.count());
        at += part.count();
      }
      return values;
    }
  }

  /** Does something to two buffers; what else has come of it. */
  private interface Operation {
    List<float[]> on(OptimizerBackend backend, Windows windows, DeviceBuffer a, DeviceBuffer b);
  }

  private static void assertSameFarAway(Operation operation) {
    List<float[]> near = run(new FarDevice(), NEAR, operation);
    FarDevice device = new FarDevice();
    List<float[]> far = run(device, FAR, operation);
    for (int i = 0; i < near.size(); i++) {
      assertArrayEquals(near.get(i), far.get(i), "row " + i);
    }
    device.others.forEach(page -> assertArrayEquals(new float[SIZE], page, "elsewhere"));
  }

  private static List<float[]> run(FarDevice device, Windows windows, Operation operation) {
    try (OptimizerBackend backend = device.open();
        DeviceBuffer a = backend.allocate(FLOAT32, windows.length());
        DeviceBuffer b = backend.allocate(FLOAT32, windows.length())) {
      windows.write(a, numbers(1));
      windows.write(b, numbers(2));
      List<float[]> rows = new ArrayList<>(operation.on(backend, windows, a, b));
      rows.add(windows.read(a));
      rows.add(windows.read(b));
      return rows;
    }
  }

  /** Whole ones: the sum of their squares is the same in every order. */
  private static float[] numbers(int seed) {
    float[] numbers = new float[FAR.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i * 7 + i / 9 + seed) % 5 - 2;
    }
    return numbers;
  }

  /** Accumulators as in the middle of a training. */
  private static RmsPropState begun(OptimizerBackend backend, RmsProp rule, Windows windows) {
    RmsPropState state = RmsPropState.allocate(backend, rule, FLOAT32, windows.length());
    float[] squares = numbers(3);
    for (int i = 0; i < squares.length; i++) {
      squares[i] *= squares[i];
    }
    windows.write(state.squareAverage(), squares);
    state.momentum().ifPresent(row -> windows.write(row, numbers(4)));
    return state;
  }

  private static List<float[]> rows(Windows windows, RmsPropState state) {
    List<float[]> rows = new ArrayList<>(List.of(windows.read(state.squareAverage())));
    state.momentum().ifPresent(row -> rows.add(windows.read(row)));
    state.gradientAverage().ifPresent(row -> rows.add(windows.read(row)));
    return rows;
  }

  @Test
  void aStep() {
    assertSameFarAway(
        (backend, windows, params, grads) -> {
          try (RmsPropState state = begun(backend, BOTH, windows)) {
            backend.step(BOTH, params, grads, state);
            return rows(windows, state);
          }
        });
  }

  @Test
  void aMeasurementAndTheStepByIt() {
    GradientPolicy policy = GradientPolicy.NONE.withNormClip(1);
    assertSameFarAway(
        (backend, windows, params, grads) -> {
          long length = windows.length();
          try (RmsPropState state = begun(backend, PLAIN, windows);
              GradientDecision decision =
                  GradientDecision.allocate(backend, policy, FLOAT32, length)) {
            backend.measure(grads, decision);
            backend.step(PLAIN, params, grads, state, decision);
            List<float[]> rows = rows(windows, state);
            rows.add(new float[] {(float) decision.norm()});
            return rows;
          }
        });
  }

  @Test
  void aStepOfSeveralTensors() {
    assertSameFarAway(
        (backend, windows, params, grads) -> {
          try (RmsPropState state = begun(backend, PLAIN, windows)) {
            MultiTensorStep step = backend.multiTensorStep();
            long[] cuts = {0, windows.length() - 3 * SIZE - 2, windows.length()};
            for (int i = 0; i < 2; i++) {
              long length = cuts[i + 1] - cuts[i];
              step.add(
                  params.slice(cuts[i], length),
                  grads.slice(cuts[i], length),
                  state.slice(cuts[i], length));
            }
            for (int done = 0; done < 2; ) {
              done += step.step(PLAIN, done);
            }
            return rows(windows, state);
          }
        });
  }

  @Test
  void aSumAndACopyAndZeros() {
    assertSameFarAway(
        (backend, windows, a, b) -> {
          a.add(b);
          try (DeviceBuffer copy = backend.allocate(FLOAT32, windows.length())) {
            copy.copyFrom(a);
            b.zero();
            return List.of(windows.read(copy));
          }
        });
  }

  @Test
  void slicesThatBeginAtUnequalPlaces() {
    for (long boundary : new long[] {1L << 31, 1L << 32}) {
      assertArrayEquals(steppedSlices(0), steppedSlices(boundary - SIZE), boundary + "");
    }
  }

  private static float[] steppedSlices(long at) {
    int length = SIZE + 300;
    long allocated = at == 0 ? 2 * SIZE : LENGTH;
    try (OptimizerBackend backend = new FarDevice().open()) {
      DeviceBuffer params = backend.allocate(FLOAT32, allocated).slice(at + 1, length);
      DeviceBuffer grads = backend.allocate(FLOAT32, allocated).slice(at + 77, length);
      RmsPropState state =
          RmsPropState.allocate(backend, BOTH, FLOAT32, allocated).slice(at + 900, length);
      params.write(Arrays.copyOf(numbers(1), length));
      grads.write(Arrays.copyOf(numbers(2), length));
      backend.step(BOTH, params, grads, state);
      backend.step(BOTH, params, grads, state);
      float[] stepped = new float[length];
      params.read(stepped);
      return stepped;
    }
  }

  /** A CPU whose long buffers have few pages. */
  private static final class FarDevice extends Wrapped<CpuMemory> {
    /** Of each long buffer, the page in the place of all that are not looked at. */
    private final List<float[]> others = new ArrayList<>();

    private final CpuDevice cpu;

    FarDevice() {
      this(new CpuDevice(2));
    }

    private FarDevice(CpuDevice cpu) {
      super(cpu);
      this.cpu = cpu;
    }

    OptimizerBackend open() {
      return new DeviceBackend<>(new BackendInfo("far", "", 0, true, Set.of(FLOAT32)), this);
    }

    @Override
    public CpuMemory allocate(DataType type, long length) {
      if (length < LENGTH) {
        return super.allocate(type, length);
      }
      float[][] pages = new float[Pages.of(LENGTH - 1) + 1][];
      float[] other = new float[SIZE];
      Arrays.fill(pages, other);
      others.add(other);
      for (Part part : FAR.parts()) {
        for (long at = part.start(); at < part.end(); at += SIZE) {
          pages[Pages.of(at)] = new float[SIZE];
        }
      }
      return new PagedMemory(type, pages);
    }

    @Override
    public int mostLaunches() {
      return cpu.mostLaunches();
    }

    @Override
    public void launch(Kernel kernel, Numbers numbers, List<Rows<CpuMemory>> rows) {
      cpu.launch(kernel, numbers, rows);
    }
  }
}
