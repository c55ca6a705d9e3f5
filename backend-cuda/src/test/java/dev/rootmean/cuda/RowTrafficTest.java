package dev.rootmean.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.emulator.Launch;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step of rows moves: by the rows that are touched, and not by the table. */
@ExtendWith(EmulatedCuda.class)
@Tag("any-jdk")
class RowTrafficTest {
  private static final int SECTOR_BYTES = 32;
  private static final int ROWS = 1_000;
  private static final int TOUCHED = 96;
  private static final int WARP = 32;

  private static long bytes(Launch launch) {
    return SECTOR_BYTES * (launch.sectorsLoaded() + launch.sectorsStored());
  }

  /** For each warp that has a row, or several, a sector of each of the whole numbers it reads. */
  private static long places(int width, int arrays) {
    int warpsARow = Math.max(1, Math.min(width, 256) / WARP);
    return (long) arrays * TOUCHED * warpsARow * SECTOR_BYTES;
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 256, 768})
  void whatIsTouchedMovesOnce(int width) {
    int[] once = IntStream.range(0, TOUCHED).map(i -> (i * 7 + 3) % ROWS).toArray();
    long elements = (long) TOUCHED * width;
    List<Launch> launches = step(width, once);
    assertEquals(1, launches.size(), "nothing is summed");
    assertEquals(20 * elements + places(width, 2), bytes(launches.get(0)));
  }

  /** The gradients make a second trip, all of them, and the sums of each row. */
  @ParameterizedTest
  @ValueSource(ints = {64, 256})
  void whatIsSummedMovesOnceMore(int width) {
    int[] twice = IntStream.range(0, 2 * TOUCHED).map(i -> i % TOUCHED * 5).toArray();
    long elements = (long) TOUCHED * width;
    List<Launch> launches = step(width, twice);
    assertEquals(2, launches.size());
    long merged = (2 + 1) * 4 * elements;
    int whole = 4; // where a run begins and ends, and where its two gradients are
    assertEquals(merged + places(width, whole), bytes(launches.get(0)));
    assertEquals(20 * elements + places(width, 2), bytes(launches.get(1)));
  }

  /** Those of the second step: the first one compiles, and tries what it has compiled. */
  private static List<Launch> step(int width, int[] numbers) {
    EmulatedCuda.start(0);
    RmsProp rule = RmsProp.builder().build();
    try (OptimizerBackend backend = new CudaProvider().open("");
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, (long) ROWS * width);
        RowGradients grads = backend.allocateRows(DataType.FLOAT32, ROWS, width);
        RmsPropState state =
            RmsPropState.allocate(backend, rule, DataType.FLOAT32, (long) ROWS * width)) {
      grads.add(numbers, new float[numbers.length * width]);
      backend.stepRows(rule, params, grads, state);
      backend.synchronize();
      int before = CudaEmulator.launches().size();
      grads.clear();
      grads.add(numbers, new float[numbers.length * width]);
      backend.stepRows(rule, params, grads, state);
      backend.synchronize();
      return List.copyOf(CudaEmulator.launches().subList(before, CudaEmulator.launches().size()));
    }
  }
}
