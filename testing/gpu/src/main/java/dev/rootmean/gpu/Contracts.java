package dev.rootmean.gpu;

import dev.rootmean.DataType;
import dev.rootmean.OptimizerBackend;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The tests that every backend must pass. */
final class Contracts {
  private static final int SHOWN_FRAMES = 5;

  private Contracts() {}

  static void onCuda(Asked asked, Findings findings) {
    run(CudaContract.Float32.class, findings);
    run(CudaContract.Float64.class, findings);
  }

  static void onWrappedCuda(Asked asked, Findings findings) {
    run(CudaWrappedContract.Float32.class, findings);
    run(CudaWrappedContract.Float64.class, findings);
  }

  static void onStreams(Asked asked, Findings findings) {
    System.setProperty(CudaStreams.PROPERTY, Long.toString(asked.elements(CudaStreams.LENGTH)));
    run(CudaStreams.class, findings);
  }

  static void onOpenCl(Asked asked, Findings findings) throws Part.SkippedException {
    String device = asked.openClDevice();
    System.setProperty(OpenClContract.PROPERTY, device);
    Optional<OptimizerBackend> opened = Opening.of(asked, "opencl:" + device, findings);
    if (opened.isEmpty()) {
      throw new Part.SkippedException("no OpenCL device " + device);
    }
    boolean hasDoubles;
    try (OptimizerBackend backend = opened.get()) {
      tellDevice(backend, findings);
      hasDoubles = backend.info().dataTypes().contains(DataType.FLOAT64);
    }
    run(OpenClContract.Float32.class, findings);
    if (hasDoubles) {
      run(OpenClContract.Float64.class, findings);
    } else {
      findings.skip("OpenClContract.Float64", "the device does not compute in FLOAT64");
    }
  }

  static void onLongBuffers(Asked asked, Findings findings) {
    String openCl = asked.openClDevice();
    System.setProperty(OpenClContract.PROPERTY, openCl);
    for (String backend : asked.backends()) {
      Optional<OptimizerBackend> opened = Opening.of(asked, backend, findings);
      if (opened.isPresent()) {
        tellDevice(opened.get(), findings);
        opened.get().close();
        run(
            backend.equals("cuda") ? LongBuffers.OnCuda.class : LongBuffers.OnOpenCl.class,
            findings);
      }
    }
  }

  static void onLongCheckpoint(Asked asked, Findings findings) {
    System.setProperty(LongCheckpoint.PROPERTY, Boolean.toString(asked.isEmulated()));
    run(LongCheckpoint.class, findings);
  }

  private static void tellDevice(OptimizerBackend backend, Findings findings) {
    findings.fact("device of " + backend.info().name(), backend.info().device());
  }

  /** Names what was skipped and why. */
  private record Skipped(String type, Findings findings) implements TestExecutionListener {
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest() && result.getStatus() == TestExecutionResult.Status.ABORTED) {
        String reason = result.getThrowable().map(Throwable::getMessage).orElse("no reason");
        findings.skip(
            type + "." + test.getDisplayName(), reason.replaceFirst("^Assumption failed: ", ""));
      }
    }
  }

  static void run(Class<?> type, Findings findings) {
    String name = type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(type))
                .build(),
            listener,
            new Skipped(name, findings));
    TestExecutionSummary summary = listener.getSummary();
    summary.printFailuresTo(
        new PrintWriter(System.out, true, StandardCharsets.UTF_8), SHOWN_FRAMES);
    long passed = summary.getTestsSucceededCount();
    long wanted = summary.getTestsFoundCount() - summary.getTestsAbortedCount();
    double seconds = (summary.getTimeFinished() - summary.getTimeStarted()) / 1e3;
    findings.check(
        name,
        summary.getTestsFoundCount() > 0 && passed == wanted && summary.getTotalFailureCount() == 0,
        String.format(Locale.ROOT, "%d tests passed of %d, %.1f s", passed, wanted, seconds));
  }
}
