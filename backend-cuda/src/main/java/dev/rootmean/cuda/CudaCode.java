package dev.rootmean.cuda;

/**
 * The driver's codes that say what to do, or that end a backend. They have the names of {@code
 * CUresult} in cuda.h, without CUDA_ERROR; a code that is not here is an ordinary failure.
 *
 * <p>A loss is what the header says of a code that "the process must be terminated", or its context
 * destroyed. It is silent of 214 and 220: the memory of a GPU with such a fault holds anything. So
 * it is of 805 to 807: they mean, to one who holds a context, that the server in which it lived is
 * out of reach or recovering. The same goes for 4, at a process's end, for 201, as every call is
 * made with a context that was retained, and for 999, which leaves nothing to rely on. 46, 808 and
 * 809 pass by themselves and say nothing of what is in a context.
 */
enum CudaCode {
  DEINITIALIZED(4, true, "the driver has shut down, as the process ends"),
  STUB_LIBRARY(34, "this libcuda.so.1 is the toolkit's stub: take its folder off LD_LIBRARY_PATH"),
  CALL_REQUIRES_NEWER_DRIVER(36, CudaProvider.UPDATE),
  DEVICE_UNAVAILABLE(
      46, "another process has the GPU, or none may: see nvidia-smi -q -d COMPUTE, and end that"),
  NO_DEVICE(100, "see nvidia-smi -L, and whether CUDA_VISIBLE_DEVICES hides the GPU"),
  INVALID_DEVICE(
      101,
      "see nvidia-smi -L: with MIG an instance is needed, which CUDA_VISIBLE_DEVICES can name"),
  DEVICE_NOT_LICENSED(102, "the virtual GPU has no licence: see nvidia-smi -q and nvidia-gridd"),
  INVALID_CONTEXT(201, true, Remedy.RESET),
  ECC_UNCORRECTABLE(
      214, true, "the GPU's memory is at fault: see nvidia-smi -q -d ECC, reset it or exchange it"),
  NVLINK_UNCORRECTABLE(220, true, "see nvidia-smi nvlink --status, and reset the GPU"),
  JIT_COMPILER_NOT_FOUND(
      221,
      "libnvidia-ptxjitcompiler.so.1 is missing: install it with the driver, or give the container"
          + " NVIDIA_DRIVER_CAPABILITIES=compute,utility"),
  UNSUPPORTED_PTX_VERSION(222, CudaProvider.UPDATE),
  JIT_COMPILATION_DISABLED(223, "unset CUDA_DISABLE_PTX_JIT"),
  CONTAINED(226),
  OPERATING_SYSTEM(304, "see whether this process may open /dev/nvidiactl and /dev/nvidia-uvm"),
  ILLEGAL_ADDRESS(700),
  LAUNCH_TIMEOUT(702),
  CONTEXT_IS_DESTROYED(709, true, Remedy.RESET),
  ASSERT(710),
  HARDWARE_STACK_ERROR(714),
  ILLEGAL_INSTRUCTION(715),
  MISALIGNED_ADDRESS(716),
  INVALID_ADDRESS_SPACE(717),
  INVALID_PC(718),
  LAUNCH_FAILED(719),
  TENSOR_MEMORY_LEAK(721),
  SYSTEM_NOT_READY(
      802, "on HGX and DGX machines start nvidia-fabricmanager, of exactly the driver's release"),
  SYSTEM_DRIVER_MISMATCH(
      803, "the driver's library and its kernel module are of different releases: reboot"),
  COMPAT_NOT_SUPPORTED_ON_DEVICE(
      804, "take the folder of the package cuda-compat off LD_LIBRARY_PATH: not for this GPU"),
  MPS_CONNECTION_FAILED(
      805,
      true,
      "start nvidia-cuda-mps-control -d, or unset CUDA_MPS_PIPE_DIRECTORY; then restart"),
  MPS_RPC_FAILURE(806, true, "see the log of the MPS server, and restart the process"),
  MPS_SERVER_NOT_READY(
      807, true, "the MPS server recovers from a fault: restart the process in a while"),
  MPS_MAX_CLIENTS_REACHED(808, "end another client of the MPS server, and try again"),
  MPS_MAX_CONNECTIONS_REACHED(809, "end another client of the MPS server, and try again"),
  MPS_CLIENT_TERMINATED(810, true, "the MPS server has ended this client: restart the process"),
  EXTERNAL_DEVICE(911),
  UNKNOWN(
      999, true, "restart the process; after a suspend reload the kernel module nvidia_uvm first");

  private static final class Remedy {
    static final String RESET =
        "something in this process has reset the GPU (cudaDeviceReset):"
            + " close this backend and open a new one";
    static final String BROKEN = "restart the process to use this GPU again";
  }

  private final int code;
  private final boolean loss;
  private final boolean breaksTheContext;
  private final String remedy;

  /** A code that nothing is lost by. */
  CudaCode(int code, String remedy) {
    this(code, false, false, remedy);
  }

  /**
   * What leaves a context broken: each later call on it gives the code again, and so does asking
   * for another one, as was seen of driver 580.
   */
  CudaCode(int code) {
    this(code, true, true, Remedy.BROKEN);
  }

  CudaCode(int code, boolean loss, String remedy) {
    this(code, loss, false, remedy);
  }

  CudaCode(int code, boolean loss, boolean breaksTheContext, String remedy) {
    this.code = code;
    this.loss = loss;
    this.breaksTheContext = breaksTheContext;
    this.remedy = remedy;
  }

  /** Null if there is nothing to say of it. */
  static CudaCode of(int code) {
    for (CudaCode known : values()) {
      if (known.code == code) {
        return known;
      }
    }
    return null;
  }

  /** Whether a backend that meets it is at its end. */
  static boolean isLoss(int code) {
    CudaCode known = of(code);
    return known != null && known.loss;
  }

  int code() {
    return code;
  }

  /** What helps, in words that go on from what happened. */
  String remedy() {
    return remedy;
  }

  /** Whether it leaves the device's context broken for everybody in the process, to its end. */
  boolean breaksTheContext() {
    return breaksTheContext;
  }
}
