package dev.rootmean.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.GradientPolicy;
import dev.rootmean.MultiTensorStep;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.checkpoint.Fallback;
import dev.rootmean.contract.ChildJvm;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.emulator.CudaEmulator;
import dev.rootmean.spi.Availability;
import dev.rootmean.spi.BackendProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training whose GPU is lost in each of its launches, in turn, ends on the CPU with the bits of
 * one that was there all the time.
 */
class FallbackTest {
  private static final int STEPS = 5;
  private static final GradientPolicy POLICY =
      GradientPolicy.NONE.withNormClip(1).withMicroBatches(2);

  private static float[] train(String... selectors) {
    float[] result = new float[433];
    Fallback.on(selectors)
        .snapshotEvery(2)
        .train(
            FallbackTest::model,
            STEPS,
            FallbackTest::step,
            optimizer -> {
              optimizer.parameter("w").read(0, result, 0, 400);
              optimizer.parameter("b").read(0, result, 400, 33);
            });
    return result;
  }

  private static Optimizer model(OptimizerBackend backend) {
    RmsProp rule = RmsProp.builder().learningRate(0.01).momentum(0.9).centered(true).build();
    return Optimizer.builder(backend, rule)
        .parameter("w", 40, 10)
        .group("biases", same -> same.momentum(0))
        .parameter("b", 33)
        .policy(POLICY)
        .build();
  }

  private static void step(Optimizer optimizer, long step) {
    SplittableRandom random = new SplittableRandom(step);
    for (String name : optimizer.names()) {
      DeviceBuffer gradient = optimizer.gradient(name);
      float[] values = new float[(int) gradient.length()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
      gradient.write(values);
    }
    optimizer.step();
  }

  @Test
  void fromCudaToTheCpu() {
    if (!CudaEmulator.isBuilt()) {
      RequiredBackends.skipOrFail(
          "cuda", "the CUDA emulator is not built: run testing/cuda-emulator/build");
    }
    ChildJvm.Outcome outcome = ChildJvm.of(FromCuda.class).run().succeeded();
    assertTrue(Integer.parseInt(outcome.line("losses")) > 8, outcome.text());
  }

  /** A child JVM's main class: once JCuda has looked for a driver in vain it never finds one. */
  static final class FromCuda {
    private static final String LAUNCH = "cuLaunchKernel";
    private static final int LAUNCH_FAILED = 719;

    private FromCuda() {}

    public static void main(String[] arguments) {
      CudaEmulator.reset();
      float[] undisturbed = train("cpu");
      Backends.open("cuda").close();
      long before = CudaEmulator.calls(LAUNCH); // those that try it out
      assertArrayEquals(undisturbed, train("cuda"));
      long launches = CudaEmulator.calls(LAUNCH) - before;
      for (long launch = before + 1; launch <= launches; launch++) {
        CudaEmulator.reset();
        CudaEmulator.failCall(LAUNCH, launch, LAUNCH_FAILED);
        assertArrayEquals(undisturbed, train("cuda", "cpu"), "lost in launch " + launch);
      }
      System.out.println("losses: " + (launches - before));
    }
  }

  @Test
  void fromOpenClToTheCpu(@TempDir Path folder) throws IOException {
    RequiredBackends.open("opencl", "Portable").close();
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(BackendProvider.class.getName()), LosingProvider.class.getName());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      float[] undisturbed = train("cpu");
      LosingProvider.last = Integer.MAX_VALUE;
      Backends.open(LosingProvider.NAME).close();
      int first = LosingProvider.calls + 1;
      assertArrayEquals(undisturbed, train(LosingProvider.NAME));
      int calls = LosingProvider.calls;
      for (int call = first; call <= calls; call++) {
        LosingProvider.last = call;
        assertArrayEquals(undisturbed, train(LosingProvider.NAME, "cpu"), "lost in " + call);
        assertEquals(call, LosingProvider.calls);
      }
      assertTrue(calls - first > 4, calls - first + " losses");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** OpenCL on PoCL, which is lost in a call that launches something. */
  public static final class LosingProvider implements BackendProvider {
    static final String NAME = "losing";
    private static int last;
    private static int calls;

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public Availability probe() {
      return Availability.of(List.of(new Availability.Device("", "PoCL", 1 << 30, false)));
    }

    @Override
    public OptimizerBackend open(String device) {
      calls = 0;
      return losing(OptimizerBackend.class, Backends.open("opencl:Portable"));
    }

    private static <T> T losing(Class<T> type, T inner) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                boolean launches = List.of("step", "measure").contains(method.getName());
                if (launches && ++calls >= last) {
                  throw new DeviceLostException("opencl", method.getName(), 0, "", "lost", null);
                }
                Object result;
                try {
                  result = method.invoke(inner, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
                return result instanceof MultiTensorStep step
                    ? losing(MultiTensorStep.class, step)
                    : result;
              }));
    }
  }
}
