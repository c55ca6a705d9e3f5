package dev.rootmean.cuda;

import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Kernel.Shape;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUfunction;

/** A kernel that the driver has compiled. */
record CudaKernel(Kernel kernel, KernelText text, CUfunction function) {
  /** Queues a launch and gives the driver's code; it allocates nothing. */
  int launch(CudaContext.Current now, Numbers numbers, Rows<CudaMemory> rows) {
    if (kernel.shape() == Shape.EACH_ROW) {
      long ofRows = KernelText.rowGroups(rows.length(), rows.width());
      return launch(now, ofRows, now.arguments().ofRows(kernel, numbers, rows));
    }
    long vectors = rows.vectors(kernel, text.width());
    long groups = text.groups(kernel.shape(), rows.length(), vectors);
    return launch(now, groups, now.arguments().of(kernel, vectors, numbers, rows));
  }

  /** As the other one, for many launches at once, of whose kind this kernel is. */
  int launch(CudaContext.Current now, Numbers numbers, List<Rows<CudaMemory>> rows) {
    LaunchTable table = now.tables().of(now, kernel, text, rows);
    Pointer arguments = now.arguments().ofMany(table, kernel, numbers, rows.get(0));
    return launch(now, table.groups(), arguments);
  }

  private int launch(CudaContext.Current now, long groups, Pointer arguments) {
    return CudaDriver.cuLaunchKernel(
        function,
        Math.toIntExact(groups), // more than any memory holds elements for
        KernelText.GROUP,
        now.stream(),
        arguments);
  }
}
