package dev.rootmean.cpu;

import static dev.rootmean.DataType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.rootmean.BackendInfo;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.contract.Parts;
import dev.rootmean.contract.Parts.Part;
import dev.rootmean.contract.Wrapped;
import dev.rootmean.spi.DeviceBackend;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A CPU in whose long buffers all pages that are not looked at are one array. */
final class FarDevice extends Wrapped<CpuMemory> {
  private final CpuDevice cpu;
  private final Parts looked;

  /** Of each long buffer, the array in the place of all pages that are not looked at. */
  private final List<float[]> others = new ArrayList<>();

  /** Takes the parts of a long buffer that are looked at: whole pages, but for its end. */
  FarDevice(Parts looked) {
    this(new CpuDevice(2), looked);
  }

  private FarDevice(CpuDevice cpu, Parts looked) {
    super(cpu);
    this.cpu = cpu;
    this.looked = looked;
  }

  OptimizerBackend open() {
    return new DeviceBackend<>(new BackendInfo(CpuDevice.NAME, "", 0, true, Set.of(FLOAT32)), this);
  }

  /** Fails if what is not looked at has been written. */
  void assertZeroElsewhere() {
    others.forEach(page -> assertArrayEquals(new float[Pages.SIZE], page, "elsewhere"));
  }

  @Override
  public CpuMemory allocate(DataType type, long length) {
    if (length < looked.length()) {
      return super.allocate(type, length);
    }
    float[] other = new float[Pages.SIZE];
    others.add(other);
    float[][] pages = new float[Pages.of(length - 1) + 1][];
    Arrays.fill(pages, other);
    for (Part part : looked.parts()) {
      for (long at = part.start(); at < part.end(); at += Pages.SIZE) {
        pages[Pages.of(at)] = new float[Pages.SIZE];
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
