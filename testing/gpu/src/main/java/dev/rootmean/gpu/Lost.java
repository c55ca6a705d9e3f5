package dev.rootmean.gpu;

import dev.rootmean.BackendException;
import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.checkpoint.Fallback;
import dev.rootmean.contract.NamedRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/**
 * A kernel of somebody else breaks the context that all of a process share, or never ends: what a
 * step says then, whether the process can go on, and that a training does. Each in a process of its
 * own.
 */
final class Lost {
  private static final int LENGTH = 1000;
  private static final long STEPS = 20;
  private static final String STEP = "step after it";
  private static final String SAME = "the bits of cpu";
  private static final String AGAIN = "opened again";

  /** What a real driver leaves to be done. */
  private static final String RESTART = "restart the process";

  /** It never ends, of which the driver says nothing: the watchdog is to. */
  private static final String HANG = "hang";

  private static final String WATCHDOG = "-Drootmean.watchdog=2";

  /** Kernels that break a context, or keep it busy. */
  private static final Map<String, String> BODIES =
      Map.of(
          "trap",
          "trap;",
          "stray",
          ".reg .b64 %rd<2>; mov.u64 %rd1, 16; st.global.u64 [%rd1], %rd1;",
          HANG,
          "again: bra again;");

  private Lost() {}

  static void run(Asked asked, Findings findings) throws IOException, InterruptedException {
    for (String kernel : List.of("trap", "stray")) {
      for (String how : List.of("alone", "held", "fallback")) {
        tell(kernel, how, Child.java(Lost.class, List.of(kernel, how)), findings);
      }
    }
    if (!asked.isEmulated()) { // that one ends what does not end
      List<String> arguments = List.of(HANG, "alone");
      tell(HANG, "alone", Child.java(List.of(WATCHDOG), Lost.class, arguments), findings);
    }
  }

  private static void tell(String kernel, String how, Child child, Findings findings)
      throws IOException, InterruptedException {
    String name = "lost by a " + kernel + ", " + how + ", ";
    Child.Ended ended = child.run();
    if (ended.status() == PartRun.SKIPPED) {
      findings.skip(name, ended.last());
      return;
    }
    findings.check(name + "status", ended.status() == 0, ended.status());
    String loss = kernel.equals(HANG) ? "rootmean.watchdog" : "DeviceLostException";
    boolean isTold = how.equals("fallback"); // which takes the exception itself
    for (String line : ended.lines()) {
      String[] words = line.split(": ", 2);
      if (words[0].equals(STEP)) {
        isTold = true;
        findings.check(name + STEP, words[1].contains(loss), words[1]);
      } else if (words[0].startsWith(AGAIN)) {
        findings.check(name + words[0], words[1].contains(RESTART), words[1]);
      } else if (words[0].equals(SAME)) {
        findings.check(name + SAME, words[1].equals("true"), words[1]);
      } else {
        findings.fact(name + words[0], words[words.length - 1]);
      }
    }
    findings.check(name + "is told", isTold, isTold);
  }

  /**
   * The process: says what happens.
   *
   * @param arguments the kernel; and {@code alone}, {@code held} or {@code fallback}
   */
  public static void main(String[] arguments) {
    LogManager.getLogManager().reset();
    if (arguments[1].equals("fallback")) {
      fallBack(arguments[0]);
      return;
    }
    boolean isHeld = arguments[1].equals("held");
    DriverMemory.Primary other = isHeld ? new DriverMemory.Primary() : null;
    if (isHeld) {
      other.leave();
    }
    try (OptimizerBackend backend = Backends.open("cuda")) {
      say(STEP, step(backend, () -> plant(arguments[0])));
    }
    if (arguments[0].equals(HANG)) {
      System.out.flush();
      Runtime.getRuntime().halt(0); // the driver waits for all kernels where a process ends
    }
    say(AGAIN, openAgain());
    if (isHeld) {
      other.close();
      say(AGAIN + ", no longer held", openAgain());
    }
  }

  private static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }

  private static String openAgain() {
    try (OptimizerBackend backend = Backends.open("cuda")) {
      return step(backend, () -> {});
    } catch (BackendException e) {
      return e.getMessage();
    }
  }

  private static String step(OptimizerBackend backend, Runnable before) {
    RmsProp rule = NamedRule.PLAIN.rule();
    try (DeviceBuffer params = backend.allocate(DataType.FLOAT32, LENGTH);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, LENGTH);
        RmsPropState state = RmsPropState.allocate(backend, rule, DataType.FLOAT32, LENGTH)) {
      before.run();
      backend.step(rule, params, grads, state);
      backend.synchronize();
      return "works";
    } catch (DeviceLostException e) {
      return "DeviceLostException: " + e.getMessage();
    } catch (BackendException e) {
      return e.getMessage();
    }
  }

  private static void plant(String kernel) {
    String ptx =
        ".version 6.3\n.target sm_75\n.address_size 64\n.visible .entry planted() {\n"
            + BODIES.get(kernel)
            + "\nret;\n}\n\0";
    try (DriverMemory.Primary current = new DriverMemory.Primary()) {
      CUmodule module = new CUmodule();
      int code = JCudaDriver.cuModuleLoadData(module, ptx.getBytes(StandardCharsets.US_ASCII));
      if (code != 0) {
        System.out.println("the driver does not take the kernel: error " + code);
        System.exit(PartRun.SKIPPED);
      }
      CUfunction function = new CUfunction();
      DriverMemory.check(JCudaDriver.cuModuleGetFunction(function, module, "planted"));
      Pointer none = null;
      DriverMemory.check(
          JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, null, none, none));
      current.leave();
    }
  }

  private static void fallBack(String kernel) {
    float[] expected = train(List.of("cpu"), () -> {});
    float[] found = train(List.of("cuda", "cpu"), () -> plant(kernel));
    say(SAME, Arrays.equals(expected, found));
  }

  /** Something happens once, in the middle. */
  private static float[] train(List<String> backends, Runnable event) {
    float[] trained = new float[LENGTH];
    List<Runnable> events = new ArrayList<>(List.of(event));
    Fallback.on(backends.toArray(new String[0]))
        .snapshotEvery(3)
        .train(
            backend ->
                Optimizer.builder(backend, NamedRule.MOMENTUM_CENTERED.rule())
                    .parameter("w", LENGTH)
                    .build(),
            STEPS,
            (optimizer, step) -> {
              float[] gradient = new float[LENGTH];
              optimizer.parameter("w").read(gradient);
              for (int i = 0; i < LENGTH; i++) {
                gradient[i] += (7L * i + step) % 5 - 2;
              }
              optimizer.gradient("w").write(gradient);
              if (step == STEPS / 2 && !events.isEmpty()) {
                events.remove(0).run();
              }
              optimizer.step();
            },
            optimizer -> optimizer.parameter("w").read(trained));
    return trained;
  }
}
