package dev.rootmean.cli.train.opencl;

import static org.jocl.blast.CLBlastLayout.CLBlastLayoutRowMajor;
import static org.jocl.blast.CLBlastTranspose.CLBlastTransposeNo;
import static org.jocl.blast.CLBlastTranspose.CLBlastTransposeYes;

import dev.rootmean.BackendException;
import dev.rootmean.binding.NativeBinding;
import dev.rootmean.binding.NativeLoadingException;
import org.jocl.blast.CLBlast;
import org.jocl.blast.CLBlastStatusCode;
import org.jocl.cl_command_queue;

/** The matrix products of CLBlast, an OpenCL library that chooses its kernels by the device. */
final class Clblast {
  private static final NativeBinding LIBRARY =
      new NativeBinding(
          Clblast.class,
          "JOCLBlast",
          "org.jocl:jocl-blast",
          "org.jocl:jocl-blast",
          "org.jocl",
          "org.jocl.blast.CLBlast",
          () -> "JOCLBlast_1_5_2",
          "clblast");

  private Clblast() {}

  /** Loads it; JOCL is loaded already. */
  static void load() {
    try {
      LIBRARY.load();
    } catch (NativeLoadingException e) {
      throw new BackendException(
          DeviceSession.BACKEND, "open", e.getMessage() + "; " + e.remedy(), e);
    }
  }

  /** Queues {@code product = left * right}; what was in the product does not count. */
  static int multiply(
      cl_command_queue queue, DeviceMatrix left, DeviceMatrix right, DeviceMatrix product) {
    return CLBlast.CLBlastSgemm(
        CLBlastLayoutRowMajor,
        left.isTransposed() ? CLBlastTransposeYes : CLBlastTransposeNo,
        right.isTransposed() ? CLBlastTransposeYes : CLBlastTransposeNo,
        product.rows(),
        product.columns(),
        left.isTransposed() ? left.rows() : left.columns(),
        1,
        left.memory().handle(),
        left.first(),
        left.columns(),
        right.memory().handle(),
        right.first(),
        right.columns(),
        0,
        product.memory().handle(),
        product.first(),
        product.columns(),
        queue,
        null);
  }

  static String nameOf(int code) {
    return CLBlastStatusCode.stringFor(code);
  }

  /** Gives up what it keeps of contexts: at the end of the process OpenCL may be gone before it. */
  static void forget() {
    CLBlast.CLBlastClearCache();
  }
}
