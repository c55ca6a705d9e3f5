package dev.rootmean.gpu;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.kernels.ShippedPtx;
import dev.rootmean.spi.Kernels;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.logging.LogManager;
import java.util.stream.Collectors;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** What {@code testing/gpu/run} starts: all that can be said of one GPU, on standard output. */
public final class GpuRun {
  private static final int SHOWN_FRAMES = 5;

  private static final List<Class<?>> CONTRACTS =
      List.of(
          GpuContract.Float32.class,
          GpuContract.Float64.class,
          GpuWrappedContract.Float32.class,
          GpuWrappedContract.Float64.class);

  private GpuRun() {}

  /**
   * Tests and measures the first CUDA device; ends the JVM with 0 if all is as it should be, and
   * with 1 if not.
   *
   * @param arguments one: the number of elements to measure with
   */
  public static void main(String[] arguments) {
    LogManager.getLogManager().reset(); // the contract provokes warnings, and listens by itself
    long elements = Long.parseLong(arguments[0]);
    boolean passed = part(GpuRun::givesKnownAnswers) && run(elements);
    say("%n%s", passed ? "all passed" : "FAILED");
    System.exit(passed ? 0 : 1);
  }

  /** The speed comes first: there may be no second chance on that machine. */
  private static boolean run(long elements) {
    boolean measured = part(() -> measure(elements));
    boolean passed = true;
    for (Class<?> contract : CONTRACTS) {
      passed &= part(() -> contract(contract));
    }
    return measured && passed;
  }

  /** Whatever ends a part, the others are to run, and the last line is to say what came of all. */
  private static boolean part(BooleanSupplier part) {
    try {
      return part.getAsBoolean();
    } catch (BackendException e) {
      say("%s", e.getMessage());
    } catch (Throwable e) {
      e.printStackTrace(System.out);
    }
    return false;
  }

  private static boolean givesKnownAnswers() {
    say("%s%n", Backends.report());
    String ptx = Kernels.families().stream().map(ShippedPtx::text).collect(Collectors.joining());
    say("PTX            %s", describe(ptx));
    try (OptimizerBackend backend = Backends.open("cuda")) {
      boolean exact = backend.info().exact();
      say("known answers  %s", exact ? "the bits that are defined" : "OTHER BITS than are defined");
      return exact;
    }
  }

  private static boolean measure(long elements) {
    try (OptimizerBackend backend = Backends.open("cuda")) {
      for (DataType type : backend.info().dataTypes()) {
        new Bandwidth(backend, type, elements).measure().forEach(line -> say("%s", line));
      }
    }
    return true;
  }

  private static String describe(String ptx) {
    long kernels = ptx.lines().filter(line -> line.contains(".entry")).count();
    long instructions = ptx.lines().filter(line -> line.matches("\t[^.].*;")).count();
    return String.format(
        Locale.ROOT, "%d kernels, %,d instructions, SHA-256 %s", kernels, instructions, hash(ptx));
  }

  private static String hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  private static boolean contract(Class<?> type) {
    System.out.printf(Locale.ROOT, "contract       %s  ", name(type)); // now, as it takes a while
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(type))
                .build(),
            listener);
    TestExecutionSummary summary = listener.getSummary();
    long passed = summary.getTestsSucceededCount();
    long found = summary.getTestsFoundCount();
    double seconds = (summary.getTimeFinished() - summary.getTimeStarted()) / 1e3;
    say("%d tests passed of %d, %.1f s", passed, found, seconds);
    summary.printFailuresTo(
        new PrintWriter(System.out, true, StandardCharsets.UTF_8), SHOWN_FRAMES);
    return found > 0 && passed == found && summary.getTotalFailureCount() == 0;
  }

  private static String name(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace("Gpu", "");
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
