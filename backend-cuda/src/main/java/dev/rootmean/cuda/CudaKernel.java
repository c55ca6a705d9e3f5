package dev.rootmean.cuda;

import dev.rootmean.kernels.KernelText;
import dev.rootmean.spi.Kernel;
import dev.rootmean.spi.Numbers;
import dev.rootmean.spi.Rows;
import jcuda.driver.CUfunction;

/** A kernel that the driver has compiled. */
record CudaKernel(Kernel kernel, KernelText text, CUfunction function) {
  /** Queues a launch and gives the driver's code; it allocates nothing. */
  int launch(CudaContext.Current now, Numbers numbers, Rows<CudaMemory> rows) {
    long vectors = rows.vectors(kernel, text.width());
    long groups = text.groups(kernel.shape(), rows.length(), vectors);
    return CudaDriver.cuLaunchKernel(
        function,
        Math.toIntExact(groups), // more than any memory holds elements for
        KernelText.GROUP,
        now.stream(),
        now.arguments().of(kernel, vectors, numbers, rows));
  }
}
