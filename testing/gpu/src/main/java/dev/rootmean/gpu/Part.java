package dev.rootmean.gpu;

import dev.rootmean.spi.BackendProvider;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** All parts of a run, in their order: what breaks the GPU's context comes last. */
enum Part {
  SYSTEM(30, false, "the machine, its driver, and who else uses the GPU", SystemFacts::find),
  START(60, false, "how long a report, opening and a first step take", StartUp::measure),
  CONTRACT(240, true, "the contract on CUDA, in all types", Contracts::onCuda),
  WRAPPED(240, true, "the contract on CUDA, in memory of somebody else", Contracts::onWrappedCuda),
  STREAMS(60, true, "steps in order with another library's stream", Contracts::onStreams),
  OPENCL(240, false, "the contract on OpenCL, in all types", Contracts::onOpenCl),
  CONFORMANCE(60, false, "the numbers of other frameworks", Conformance::run),
  LONG(120, false, "buffers of more than 2^32 elements", Contracts::onLongBuffers),
  CHECKPOINT(
      300, true, "a checkpoint of more than 2^31 parameters: 17 GB", Contracts::onLongCheckpoint),
  TRAIN(120, false, "one training on each backend, killed and resumed too", Trainings::run),
  LAUNCHES(60, false, "what a step of few elements costs the host", Launches::measure),
  SWEEP(240, false, "steps of 10^3 to 2*10^9 elements beside the GPU's own copy", Sweep::measure),
  GRADIENTS(60, false, "steps by zeros and by very small gradients", GradientKinds::measure),
  PRECISION(180, false, "steps whose rows have fewer bits, beside a copy", FewerBits::measure),
  ROWS(60, false, "steps by some rows of a table, beside a dense step", TableRows::measure),
  VECTORS(60, false, "OpenCL's kernel with 1, 2 and 4 vectors a work-item", Vectors::measure),
  TRANSFERS(60, false, "copies from and to the host, and whom they hold up", Transfers::measure),
  SHAPES(
      60, true, "the step's kernel in other shapes, launches and the link, in C", Beside::shapes),
  PYTORCH(120, true, "PyTorch's tensors, and its own RMSProp and Optax's", Beside::pyTorch),
  SANITIZER(120, true, "compute-sanitizer over steps, if it is there", Profilers::sanitizer),
  COUNTERS(60, true, "ncu's counters of steps, if it is there and allowed", Profilers::counters),
  LOST(60, true, "what a broken context does, and how a training goes on", Lost::run);

  private final int seconds;
  private final boolean wantsCuda;
  private final String about;

  @SuppressWarnings("ImmutableEnumChecker") // a method's name
  private final Action action;

  /** What a part does. */
  @FunctionalInterface
  interface Action {
    /**
     * Asks its questions.
     *
     * @throws SkippedException if this machine cannot answer
     */
    void run(Asked asked, Findings findings) throws Exception;
  }

  /** Why a part cannot run on this machine. */
  static final class SkippedException extends Exception {
    private static final long serialVersionUID = 1L;

    SkippedException(String reason) {
      super(reason);
    }
  }

  Part(int seconds, boolean wantsCuda, String about, Action action) {
    this.seconds = seconds;
    this.wantsCuda = wantsCuda;
    this.about = about;
    this.action = action;
  }

  static boolean hasCuda() {
    return ServiceLoader.load(BackendProvider.class).stream()
        .anyMatch(provider -> provider.get().name().equals("cuda"));
  }

  /** Those that this archive has all for. */
  static List<Part> possible() {
    boolean hasCuda = hasCuda();
    return Stream.of(values()).filter(part -> hasCuda || !part.wantsCuda).toList();
  }

  int seconds() {
    return seconds;
  }

  String about() {
    return about;
  }

  void run(Asked asked, Findings findings) throws Exception {
    action.run(asked, findings);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
