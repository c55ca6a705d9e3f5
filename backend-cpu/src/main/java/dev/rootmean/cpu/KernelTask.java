package dev.rootmean.cpu;

import dev.rootmean.Precision.Rounding;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.RandomBits;
import dev.rootmean.spi.Row;
import dev.rootmean.spi.Row.Extent;
import dev.rootmean.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The launches of one kernel: one at a time, or several as one list of units. */
final class KernelTask implements Workers.Task {
  /** Under so much work, in elements of a step, a second thread costs more than it brings. */
  static final int ALONE = 8_192;

  final Kernel kernel;
  final Loops loops;
  final Row[] kernelRows;

  /** How many rows have an element for each of the launch's: they come first. */
  final int elementRows;

  /** The row with the lower halves of the parameters, which are the first row; -1 if none. */
  final int remainderRow;

  /** By row, the one that has the bases of its blocks; -1 if it is not in blocks. */
  final int[] baseRows;

  /** By row, what it takes of the random bits that it is rounded by; null if it is not. */
  final RandomBits.Share[] shares;

  private final CutSpan[] spans;
  private final List<Cut> cuts = new ArrayList<>();

  // Of the launches at hand.

  private int launches;
  private long elements;

  /** Of each, the number of its first unit. */
  private int[] firstUnits = new int[1];

  private int units;

  KernelTask(Kernel kernel, int threads, ForeignSteps foreign) {
    this.kernel = kernel;
    loops = Loops.of(kernel, foreign);
    kernelRows = kernel.rows().toArray(Row[]::new);
    remainderRow = kernel.row("r");
    baseRows = kernel.rows().stream().mapToInt(row -> kernel.row(row.name() + "_base")).toArray();
    boolean isRandom = kernel.rounding() == Rounding.RANDOM;
    shares =
        kernel.rows().stream()
            .map(row -> isRandom ? RandomBits.Share.of(row.name()) : null)
            .toArray(RandomBits.Share[]::new);
    spans = new CutSpan[threads];
    elementRows =
        (int) kernel.rows().stream().filter(row -> row.extent() == Extent.ELEMENT).count();
    cuts.add(new Cut(this));
  }

  /** Takes the arguments of a launch; how many units it has, 0 if there is nothing to do. */
  int set(Numbers numbers, Rows<CpuMemory> rows) {
    launches = 1;
    elements = rows.length();
    units = loops.begin(numbers, rows, elements) ? cut(0, rows, 0) : 0;
    return units;
  }

  /**
   * Takes the arguments of several. So little work is one unit that one thread does it, and what
   * may share blocks with its neighbours.
   */
  int set(Numbers numbers, List<Rows<CpuMemory>> rows) {
    launches = rows.size();
    elements = Rows.length(rows);
    if (!loops.begin(numbers, rows.get(0), elements)) {
      return 0;
    }
    ensureCuts();
    int next = 0;
    boolean alone = work() < ALONE;
    for (int i = 0; i < launches; i++) {
      next = cut(i, rows.get(i), next);
      alone |= cuts.get(i).isAlone();
    }
    units = alone ? 1 : next;
    return units;
  }

  private void ensureCuts() {
    if (firstUnits.length < launches) {
      firstUnits = new int[launches];
    }
    while (cuts.size() < launches) {
      cuts.add(new Cut(this));
    }
  }

  /** The number behind its last unit. */
  private int cut(int launch, Rows<CpuMemory> rows, int firstUnit) {
    Cut cut = cuts.get(launch);
    cut.set(rows, spans.length);
    firstUnits[launch] = firstUnit;
    return Math.addExact(firstUnit, cut.units());
  }

  /** How much the launches are, in elements of a step. */
  long work() {
    return elements * loops.quarters() / 4;
  }

  @Override
  public void prepare(int threads) {
    for (int worker = 0; worker < threads; worker++) {
      if (spans[worker] == null) {
        spans[worker] = new CutSpan(this);
      }
      for (int i = 0; i < launches; i++) {
        spans[worker].prepare(cuts.get(i));
      }
    }
  }

  @Override
  public void run(int number, int worker) {
    if (units == 1) {
      for (int launch = 0; launch < launches; launch++) {
        for (int unit = 0; unit < cuts.get(launch).units(); unit++) {
          cuts.get(launch).run(unit, spans[worker]);
        }
      }
      return;
    }
    int launch = launches == 1 ? 0 : Arrays.binarySearch(firstUnits, 0, launches, number);
    launch = launch < 0 ? -launch - 2 : launch;
    cuts.get(launch).run(number - firstUnits[launch], spans[worker]);
  }
}
