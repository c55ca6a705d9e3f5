package dev.rootmean.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rootmean.Backends;
import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsProp;
import dev.rootmean.RmsPropState;
import dev.rootmean.contract.ChildJvm;
import org.junit.jupiter.api.Test;

/** In JVMs of their own, whose heaps are small. */
class FullHeapTest {
  @Test
  void aThousandThreadsTakeMemoryOnlyOnceTheyAreNeeded() {
    ChildJvm.of(ManyThreads.class).option("-Xmx24m").run().succeeded();
  }

  /** Steps what one thread does, on a backend with many. */
  static final class ManyThreads {
    public static void main(String[] arguments) {
      System.setProperty(CpuProvider.THREADS, "1024");
      try (OptimizerBackend backend = Backends.open("cpu")) {
        RmsProp rule = RmsProp.builder().build();
        DeviceBuffer params = backend.allocate(DataType.FLOAT32, 1_000);
        DeviceBuffer grads = backend.allocate(DataType.FLOAT32, 1_000);
        backend.step(
            rule, params, grads, RmsPropState.allocate(backend, rule, DataType.FLOAT32, 1_000));
      }
    }
  }

  /** One that has room for an exception's message, and one that has none for anything. */
  @Test
  void itIsToldAsSuchHoweverFullItIs() {
    ChildJvm.Outcome outcome =
        ChildJvm.of(FillHeap.class)
            .option("-Xmx24m")
            .option("-XX:+UseSerialGC")
            .option("-XX:-UseTLAB")
            .run()
            .succeeded();
    assertEquals("raise -Xmx", outcome.line("roomy"));
    assertEquals("raise -Xmx", outcome.line("full"));
  }

  /** Allocates in a heap of its own, before and after it has filled it to the last bytes. */
  static final class FillHeap {
    private static Object[] ballast;

    public static void main(String[] arguments) {
      CpuDevice device = new CpuDevice(2);
      String roomy = told(device);
      String full = null;
      fill();
      try {
        full = told(device);
      } finally {
        ballast = null;
      }
      System.out.println("roomy: " + roomy);
      System.out.println("full: " + full);
    }

    private static void fill() {
      for (int size = 1 << 20; size > 0; size /= 2) {
        try {
          while (true) {
            Object[] more = new Object[size];
            more[0] = ballast;
            ballast = more;
          }
        } catch (OutOfMemoryError e) {
          // then smaller ones
        }
      }
    }

    private static String told(CpuDevice device) {
      try {
        device.allocate(DataType.FLOAT32, 1 << 24);
        return "there was room";
      } catch (DeviceOutOfMemoryException e) {
        ballast = null;
        return e.getMessage().substring(e.getMessage().lastIndexOf(": ") + 2);
      }
    }
  }
}
