package dev.rootmean.cuda;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceLostException;
import dev.rootmean.spi.KernelBuild;
import dev.rootmean.spi.Watchdog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JITOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device's primary context, with one stream and the kernels in it, each compiled with its
 * program. Contexts are current for a thread, which is not ours: whatever wants this one does so
 * between {@link #enter} and the end of what that gives, and the thread has its own again.
 */
final class CudaContext implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CudaContext.class);
  private static final int JIT_LOG_BYTES = 8192;

  /** The context as the current one of a thread, until it is closed. */
  final class Current implements AutoCloseable {
    private final CUcontext popped = new CUcontext();

    private Current() {}

    CUstream stream() {
      return stream;
    }

    /** Waits until the stream is empty, or its time is up; the driver's code. */
    int finish() {
      if (watchdog.isOn() && !watchdog.await(this::isFinished)) {
        int code = CUresult.CUDA_ERROR_NOT_READY;
        throw CudaErrors.lost(code, "cuStreamQuery", watchdog.reason());
      }
      return CudaDriver.cuStreamSynchronize(stream);
    }

    private boolean isFinished() {
      return CudaDriver.cuStreamQuery(stream) != CUresult.CUDA_ERROR_NOT_READY;
    }

    /** Waits as {@link #finish()} does, but only for what came before an event's recording. */
    int finish(CUevent event) {
      if (watchdog.isOn() && !watchdog.await(() -> isFinished(event))) {
        int code = CUresult.CUDA_ERROR_NOT_READY;
        throw CudaErrors.lost(code, "cuEventQuery", watchdog.reason());
      }
      return CudaDriver.cuEventSynchronize(event);
    }

    private boolean isFinished(CUevent event) {
      return CudaDriver.cuEventQuery(event) != CUresult.CUDA_ERROR_NOT_READY;
    }

    LaunchArguments arguments() {
      return arguments;
    }

    LaunchTables tables() {
      if (tables == null) {
        tables = new LaunchTables();
      }
      return tables;
    }

    /** Null if the driver page-locks no memory for it. */
    Staging staging() {
      if (staging == null && isStaging) {
        PageLocked memory = new PageLocked(Staging.BYTES);
        isStaging =
            isPageLocked(
                memory.take(),
                PageLocked.TAKING,
                Staging.BYTES,
                "short transfers wait for the device");
        if (isStaging) {
          try {
            staging = new Staging(memory);
          } catch (Throwable e) {
            memory.close();
            throw e;
          }
        }
      }
      return staging;
    }

    /**
     * Whether the host's memory was.
     *
     * @param otherwise what happens instead, told once
     */
    boolean isPageLocked(int code, String operation, long bytes, String otherwise) {
      if (code == CUresult.CUDA_SUCCESS) {
        return true;
      }
      BackendException refused = CudaErrors.notPageLocked(code, operation, bytes);
      if (refused instanceof DeviceLostException) {
        throw refused;
      }
      if (told.add(otherwise)) {
        LOG.warn("{}: {}", refused.getMessage(), otherwise);
      }
      return false;
    }

    /**
     * Whatever the code: an error of the device is told again by the next call that matters. But it
     * may have been told in the place of popping, and the thread is not to keep our context.
     */
    @Override
    public void close() {
      if (CudaDriver.cuCtxPopCurrent(popped) != CUresult.CUDA_SUCCESS) {
        CUcontext now = new CUcontext();
        CudaDriver.cuCtxGetCurrent(now);
        if (now.equals(context)) {
          CudaDriver.cuCtxPopCurrent(popped);
        }
      }
    }
  }

  /** A stream that shows its address, which JCuda keeps to itself and its subclasses. */
  private static final class Stream extends CUstream {
    long address() {
      return getNativePointer();
    }
  }

  private final Watchdog watchdog = new Watchdog();
  private final FoundDevice device;
  private final UnaryOperator<String> ptx;
  private final CUcontext context = new CUcontext();
  private final Current current = new Current(); // one for all calls, which allocate nothing

  /** Both null until they are there. */
  private Stream stream;

  private LaunchArguments arguments;

  /** Null until many launches are one. */
  private LaunchTables tables;

  /** Null until something is transferred. */
  private Staging staging;

  /** Until the driver refuses its memory. */
  private boolean isStaging = true;

  /** What follows from refusals of the driver, once it is told. */
  private final Set<String> told = new HashSet<>();

  private final Map<String, CUmodule> modules = new HashMap<>();

  @SuppressWarnings("try") // it is entered for what that does to the thread
  CudaContext(FoundDevice device, UnaryOperator<String> ptx) {
    this.device = device;
    this.ptx = ptx;
    CudaErrors.checkOpening(
        CudaDriver.cuDevicePrimaryCtxRetain(context, device.handle()), "cuDevicePrimaryCtxRetain");
    try (Current now = enter()) {
      stream = newStream();
      arguments = new LaunchArguments();
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /**
   * It takes turns with the legacy stream: a copy from pageable memory may end there after its
   * call, and frameworks work in it whose memory was wrapped.
   */
  private static Stream newStream() {
    Stream made = new Stream();
    CudaErrors.checkOpening(CudaDriver.cuStreamCreate(made, 0), "cuStreamCreate");
    return made;
  }

  private CUmodule compile(String program) {
    String text = ptx.apply(program);
    return new KernelBuild(CudaErrors.BACKEND, device.name(), program)
        .of(text, () -> compiled(text));
  }

  /** The text is not in a Java array, which would stop the garbage collector for the whole JIT. */
  private CUmodule compiled(String ptx) {
    byte[] ascii = ptx.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer text = ByteBuffer.allocateDirect(ascii.length + 1).put(ascii).rewind();
    JITOptions options = new JITOptions();
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[JIT_LOG_BYTES]);
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, JIT_LOG_BYTES);
    CUmodule made = new CUmodule();
    int code = CudaDriver.cuModuleLoadDataEx(made, Pointer.to(text), options);
    if (code != CUresult.CUDA_SUCCESS) {
      throw refused(code, options.getString(CUjit_option.CU_JIT_ERROR_LOG_BUFFER));
    }
    return made;
  }

  private BackendException refused(int code, String log) {
    String first = log.lines().map(String::strip).filter(s -> !s.isEmpty()).findFirst().orElse("");
    String reason = "the driver refuses the kernels for " + device.name();
    return CudaErrors.exception(
        code, "cuModuleLoadDataEx", first.isEmpty() ? reason : reason + ": " + first);
  }

  /** A kernel of a program, for who has entered. */
  CUfunction function(String program, String name) {
    CUmodule module = modules.computeIfAbsent(program, this::compile);
    CUfunction function = new CUfunction();
    CudaErrors.check(CudaDriver.cuModuleGetFunction(function, module, name), "cuModuleGetFunction");
    return function;
  }

  boolean is(CUcontext other) {
    return context.equals(other);
  }

  long streamAddress() {
    return stream.address();
  }

  /** Whether what would be given back is left alone, as that waits. */
  boolean isHung() {
    return watchdog.isHung();
  }

  /** Makes the context current until what is given is closed; one call at a time. */
  Current enter() {
    CudaErrors.check(CudaDriver.cuCtxPushCurrent(context), "cuCtxPushCurrent");
    return current;
  }

  /** Whatever fails: of a lost context nothing but its release has an effect. */
  @Override
  public void close() {
    if (isHung()) {
      return;
    }
    if (CudaDriver.cuCtxPushCurrent(context) == CUresult.CUDA_SUCCESS) {
      modules.values().forEach(CudaDriver::cuModuleUnload);
      if (arguments != null) {
        arguments.close();
      }
      if (tables != null) {
        tables.close();
      }
      if (staging != null) {
        staging.close();
      }
      if (stream != null) {
        CudaDriver.cuStreamDestroy(stream);
      }
      current.close();
    }
    CudaDriver.cuDevicePrimaryCtxRelease(device.handle());
  }
}
