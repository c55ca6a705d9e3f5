import dev.rootmean.OptimizerBackend;
import dev.rootmean.cuda.CudaProvider;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A launch of JCuda's pointers beside a whole step, on a driver that does nothing: launch-cost. */
class LaunchCost {
  private static final int ELEMENTS = 1_000;
  private static final int ROWS_OF_PLAIN = 3;

  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[0]);
    // Not through Backends, which would see that the driver's bits are wrong.
    try (OptimizerBackend backend = new CudaProvider().open("")) {
      System.out.printf(
          "%-18s %10s %12s %12s %8s%n", "", "arguments", "pointers us", "step us", "ratio");
      for (String variant : new String[] {"plain", "momentum-centered"}) {
        int rows = ROWS_OF_PLAIN + (variant.equals("plain") ? 0 : 2);
        int arguments = 3 + 2 * rows; // the length, the number of vectors, the coefficients
        try (Subject subject = new Subject(backend, variant, ELEMENTS)) {
          PointerLaunch bare = new PointerLaunch(arguments);
          Comparison result = Comparison.of(bare::nanosPerLaunch, subject::nanosPerStep, seconds);
          System.out.printf("%-18s %10d %s%n", variant, arguments, result.inColumns(1e3));
        }
      }
    }
  }

  /** What takes one launch, and nothing else. */
  private static final class PointerLaunch {
    private final CUcontext context = new CUcontext();
    private final CUfunction function = new CUfunction();
    private final CUstream stream = new CUstream();
    private final Pointer arguments;

    PointerLaunch(int count) {
      Pointer[] pointers = new Pointer[count];
      ByteBuffer memory = ByteBuffer.allocateDirect(count * Long.BYTES);
      for (int i = 0; i < count; i++) {
        pointers[i] = Pointer.to(memory).withByteOffset((long) i * Long.BYTES);
      }
      arguments = Pointer.to(pointers);
    }

    double nanosPerLaunch(int count) {
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        JCudaDriver.cuCtxPushCurrent(context);
        JCudaDriver.cuLaunchKernel(function, 4, 1, 1, 256, 1, 1, 0, stream, arguments, null);
        JCudaDriver.cuCtxPopCurrent(context);
      }
      return (System.nanoTime() - start) / (double) count;
    }
  }
}
