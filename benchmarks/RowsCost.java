import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.RowGradients;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Steps of some rows of a table on the CPU, beside rows.c; started by rows-cost. */
class RowsCost {
  private static final int SETS = 16;
  private static final int TOUCHED = 1 << 18;
  private static final long STRIDE = 999_983; // a prime: no row comes twice in a step

  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[1]);
    System.out.printf(
        "%5s %8s %-9s %12s %12s %8s %22s%n",
        "width", "table MB", "C", "C ns/el", "Java ns/el", "Java/C", "ns/el with new rows");
    try (OtherProcess c = new OtherProcess(args[0]);
        OptimizerBackend backend = Backends.open("cpu")) {
      for (int width : new int[] {16, 64, 256}) {
        for (int megabytes : new int[] {10, 200}) {
          int n = megabytes * 250_000 / width * width;
          for (boolean gathers : new boolean[] {true, false}) {
            Steps inC = c.steps(String.valueOf(gathers ? -width : width), n);
            try (Table inJava = new Table(backend, width, n)) {
              Comparison result = Comparison.of(inC::nanosPerStep, inJava::nanosPerStep, seconds);
              Steps.requireSameBits(inC, inJava);
              System.out.printf(
                  Locale.ROOT,
                  "%5d %8d %-9s %s %12.3f%n",
                  width,
                  megabytes,
                  gathers ? "gathers" : "in place",
                  result.inColumns(TOUCHED),
                  inJava.nanosWithNewRows() / TOUCHED);
            }
          }
        }
      }
    }
  }

  /** A table, and sets of gradients of some of its rows, which are stepped by in turn. */
  private static final class Table implements Steps, AutoCloseable {
    private final OptimizerBackend backend;
    private final RmsProp rule = RmsProp.builder().weightDecay(0.01).build();
    private final DeviceBuffer params;
    private final DeviceBuffer values;
    private final RmsPropState state;
    private final List<RowGradients> sets = new ArrayList<>();
    private final List<int[]> numbers = new ArrayList<>();
    private long made;

    Table(OptimizerBackend backend, int width, int n) {
      this.backend = backend;
      params = backend.allocate(DataType.FLOAT32, n);
      params.write(Subject.values(n, 1));
      values = backend.allocate(DataType.FLOAT32, TOUCHED);
      values.write(Subject.values(TOUCHED, 2));
      state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, n);
      int rows = n / width;
      int count = TOUCHED / width;
      for (int s = 0; s < SETS; s++) {
        int[] touched = new int[count];
        for (int i = 0; i < count; i++) {
          touched[i] = (int) (((long) s * count + i) * STRIDE % rows);
        }
        Arrays.sort(touched); // as sums of gradients that came several times are
        RowGradients set = backend.allocateRows(DataType.FLOAT32, rows, width);
        set.add(touched, values);
        sets.add(set);
        numbers.add(touched);
      }
    }

    @Override
    public double nanosPerStep(int count) {
      long start = System.nanoTime();
      for (int s = 0; s < count; s++) {
        backend.stepRows(rule, params, sets.get((int) (made++ % SETS)), state);
      }
      return (System.nanoTime() - start) / (double) count;
    }

    /** What a step takes that is told its rows and gradients before: these are copied and sorted. */
    double nanosWithNewRows() {
      int count = 10 * SETS;
      long start = System.nanoTime();
      for (int s = 0; s < count; s++) {
        RowGradients set = sets.get(s % SETS);
        set.clear();
        set.add(numbers.get(s % SETS), values);
        backend.stepRows(rule, params, set, state);
      }
      return (System.nanoTime() - start) / (double) count;
    }

    @Override
    public long made() {
      return made;
    }

    @Override
    public int hash() {
      return Subject.hash(params);
    }

    @Override
    public void close() {
      sets.forEach(RowGradients::close);
      params.close();
      values.close();
      state.close();
    }
  }
}
