package dev.rootmean.emulator;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The emulated CUDA driver of this process: how it behaves, and what it has seen.
 *
 * <p>The library is the file that the system property {@value #PROPERTY} names, or else {@code
 * testing/cuda-emulator/target/libcuda.so.1} in the working directory or one above it. The first
 * call loads it; after that JCuda's driver finds it under the name {@code libcuda.so.1}. So call
 * {@link #reset()} before anything of JCuda is touched.
 *
 * <p>All methods but {@link #isBuilt()} throw a {@link LinkageError} if the library is not there.
 * They may be called from any thread.
 */
public final class CudaEmulator {
  /** The system property that names the library. */
  public static final String PROPERTY = "rootmean.test.cuda-emulator";

  /** In the place of a code, as faults.h has it. */
  private static final int JAVA_ERROR = -1;

  private CudaEmulator() {}

  /**
   * What can be chosen. The environment variable {@code ROOTMEAN_CUDA_EMULATOR} sets the same, as
   * in {@code "seed=1 race-check=1"}, for a process that does not use this class.
   */
  public enum Option {
    /** 0: blocks and warps run in order (default); otherwise the seed of a permutation. */
    SEED,
    /** 1: work in streams only runs, and only fails, when a call synchronises. Default 0. */
    DEFERRED,
    /**
     * 1: two threads at one word, one of them writing, no barrier between: 719. So is a word that
     * one launch reads through {@code ld.global.nc} and writes. Default 0.
     */
    RACE_CHECK,
    /**
     * 1: reads of bytes that nothing has written give 719. Default 0. Counts for memory that is
     * allocated from then on.
     */
    UNINITIALISED_CHECK,
    /** Number of devices, default 1; with 0 cuInit answers 100. */
    DEVICES,
    /** Compute capability times ten, default 75; a module for more is refused with 209. */
    COMPUTE_CAPABILITY,
    /** As cuDriverGetVersion gives it, default 12000; newer PTX is refused with 222. */
    DRIVER_VERSION,
    /** Memory of each device in bytes, default 2^30. */
    MEMORY_BYTES,
    /** What cuInit answers, default 0. */
    INIT_RESULT,
    /** Warp instructions of a launch before it ends with 702, default 10^9. */
    BUDGET,
    /**
     * Blocks that run on either side of each multiple of 2^17, and at the end, of every launch, for
     * launches that would take minutes; default 0: all blocks run.
     */
    EXCERPT,
    /** 0: launches are not written down for {@link #launches()}; default 1. */
    RECORD;

    private String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Numbers of driver objects.
   *
   * @param allocations of device memory
   * @param bytes in them
   * @param pinned allocations of page-locked host memory
   * @param streams created streams
   * @param events created events
   * @param modules loaded modules
   * @param contexts how often primary contexts are retained
   */
  public record Objects(
      long allocations,
      long bytes,
      long pinned,
      long streams,
      long events,
      long modules,
      long contexts) {}

  /**
   * An instruction of a module that has been loaded.
   *
   * @param kernel the kernel's name
   * @param line its line in the text, from 1
   * @param executions how many threads have executed it; a branch counts when it is taken
   * @param text the line
   */
  public record PtxLine(String kernel, int line, long executions, String text) {}

  /**
   * Tells where the library is.
   *
   * @return the file that is loaded, whether it is there or not
   */
  public static Path library() {
    return DriverLibrary.file();
  }

  /**
   * Whether the library is there; if not, it was not built, for want of g++ for instance.
   *
   * @return whether the other methods can be called
   */
  public static boolean isBuilt() {
    return Files.isRegularFile(DriverLibrary.file());
  }

  /** Forgets everything, objects, counts and options alike, as in a process that just started. */
  public static void reset() {
    DriverLibrary.reset();
  }

  /**
   * Chooses how the driver behaves from now on.
   *
   * @param option what to choose
   * @param value switches are 0 or 1
   */
  public static void set(Option option, long value) {
    if (!DriverLibrary.set(option.key(), value)) {
      throw new IllegalStateException("the library does not know the option " + option.key());
    }
  }

  /**
   * Lets one call fail; it has no effect otherwise. A code that ends a context does so here too.
   *
   * @param function name in cuda.h, with or without version, such as cuMemAlloc
   * @param nth which of the calls to come, from 1
   * @param code the CUresult that it answers
   * @throws IllegalArgumentException if JCuda calls no such function, or nth is below 1
   */
  public static void failCall(String function, long nth, int code) {
    inject(function, nth, code, false);
  }

  /**
   * Lets calls fail from the n-th on, as {@link #failCall} lets one.
   *
   * @param function name in cuda.h, with or without version, such as cuMemAlloc
   * @param nth the first of the calls to come that fails, from 1
   * @param code the CUresult that they answer
   * @throws IllegalArgumentException if JCuda calls no such function, or nth is below 1
   */
  public static void failCallsFrom(String function, long nth, int code) {
    inject(function, nth, code, true);
  }

  /**
   * Lets one call do its work and leave an {@link OutOfMemoryError} to the Java code that called
   * it, as a full Java heap would. Not for functions after whose return JCuda itself calls Java.
   *
   * @param function name in cuda.h, with or without version, such as cuMemsetD8Async
   * @param nth which of the calls to come, from 1
   * @throws IllegalArgumentException if JCuda calls no such function, or nth is below 1
   */
  public static void throwFromCall(String function, long nth) {
    inject(function, nth, JAVA_ERROR, false);
  }

  private static void inject(String function, long nth, int code, boolean onwards) {
    if (nth < 1) {
      throw new IllegalArgumentException("nth: " + nth + ", expected 1 or more");
    }
    if (!DriverLibrary.inject(function, nth, code, onwards)) {
      throw unknown(function);
    }
  }

  static IllegalArgumentException unknown(String function) {
    return new IllegalArgumentException("no driver function that JCuda calls: " + function);
  }

  /**
   * How often a driver function was called since the last reset, failed calls included.
   *
   * @param function name in cuda.h, with or without version, such as cuMemAlloc
   * @return the number of calls
   * @throws IllegalArgumentException if JCuda calls no such function
   */
  public static long calls(String function) {
    long calls = DriverLibrary.calls(function);
    if (calls < 0) {
      throw unknown(function);
    }
    return calls;
  }

  /**
   * Objects that are there now.
   *
   * @return their numbers
   */
  public static Objects live() {
    return objects(DriverLibrary.liveObjects());
  }

  /**
   * Objects that were there when their context was destroyed, and went with it: leaks that {@link
   * #live()} no longer shows. Objects of a context that an error had ended are not counted, as no
   * call can free them.
   *
   * @return their numbers; contexts is 0
   */
  public static Objects abandoned() {
    return objects(DriverLibrary.abandonedObjects());
  }

  /**
   * Launches since the last reset, in the order in which they ran.
   *
   * @return what each did
   */
  public static List<Launch> launches() {
    return DriverLibrary.launches().lines().map(Launch::of).toList();
  }

  /**
   * Every instruction of every module text that was loaded since the last reset.
   *
   * @return in the order of the text, kernel by kernel
   */
  public static List<PtxLine> coverage() {
    return DriverLibrary.coverage().lines().map(CudaEmulator::ptxLine).toList();
  }

  /**
   * The instructions that no thread has executed.
   *
   * @return in the order of the text, kernel by kernel
   */
  public static List<PtxLine> uncovered() {
    return coverage().stream().filter(line -> line.executions() == 0).toList();
  }

  /**
   * Why the last launch, copy or module failed, with kernel, PTX line and thread where there are
   * such; or which function is not emulated.
   *
   * @return a sentence, empty if nothing has failed
   */
  public static String lastFault() {
    return DriverLibrary.lastFault();
  }

  private static Objects objects(long[] counts) {
    return new Objects(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]);
  }

  private static PtxLine ptxLine(String row) {
    String[] cells = row.split("\t", 4);
    return new PtxLine(
        cells[0], Integer.parseInt(cells[1]), Long.parseLong(cells[2]), cells[3].strip());
  }
}
