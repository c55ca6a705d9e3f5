package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.contract.LogCapture;
import dev.rootmean.spi.DeviceBackend;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tensors come and go while an optimizer steps in their memory. */
class LifetimeTest {
  private static final RmsProp RULE = Preset.PYTORCH.rule();

  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private TorchRmsProp optimizer(Tensor p) {
    return TorchRmsProp.builder(backend, RULE).parameter("p", p).build();
  }

  /** So large that the C library gives it back to the system, where nobody can look at it. */
  @Test
  void aGradientMayBeFreedAfterTheStep() {
    Tensor p = torch.ones(1 << 24).set_requires_grad(true);
    Tensor q = torch.ones(1).set_requires_grad(true);
    try (TorchRmsProp optimizer =
        TorchRmsProp.builder(backend, RULE)
            .parameter("p", p)
            .parameter("q", q)
            .clipGradNorm(1)
            .build()) {
      for (int step = 0; step < 3; step++) {
        p.sum().backward();
        optimizer.step();
        optimizer.zeroGrad();
        q.sum().backward();
        optimizer.step();
        optimizer.zeroGrad();
      }
      assertEquals(6, optimizer.progress().attempts());
    }
  }

  /** The scope ends, and what was made in it is freed: but for what the optimizer steps. */
  @Test
  @SuppressWarnings("try") // the scope frees tensors
  void aParameterOutlivesItsScope() {
    TorchRmsProp optimizer;
    List<Tensor> views = new ArrayList<>();
    try (PointerScope scope = new PointerScope()) {
      Tensor p = torch.ones(1 << 20).set_requires_grad(true);
      p.sum().backward();
      optimizer = optimizer(p);
      views.add(new Tensor(p).retainReference());
    }
    assertEquals(2, views.get(0).use_count());
    optimizer.step();
    assertTrue(Torch.floats(views.get(0))[0] < 1);
    optimizer.close();
    assertEquals(1, views.get(0).use_count());
    optimizer.close();
  }

  @Test
  void aTensorIsSteppedWhenNobodyElseRefersToIt() throws InterruptedException {
    Tensor whole = torch.ones(100);
    Tensor p = whole.narrow(0, 0, 50).detach().set_requires_grad(true);
    p.sum().backward();
    try (TorchRmsProp optimizer = optimizer(p)) {
      p = null;
      for (int i = 0; i < 3; i++) {
        System.gc();
        Thread.sleep(10);
      }
      optimizer.step();
      assertTrue(Torch.floats(whole)[0] < 1);
      assertEquals(1, Torch.floats(whole)[50]);
    }
  }

  @Test
  void anOptimizerThatIsClosedLeavesTheTensorAsItIs() {
    Tensor p = Torch.parameter(1, 2);
    optimizer(p).close();
    p.sum().backward();
    try (TorchRmsProp optimizer = optimizer(p)) {
      optimizer.step();
    }
    float[] stepped = Torch.floats(p);
    backend.close();
    assertArrayEquals(stepped, Torch.floats(p));
  }

  @Test
  void aLongTrainingMakesNothingAnewAndKeepsNothing() {
    AtomicInteger wraps = new AtomicInteger();
    Tensor p = torch.ones(180, 180).set_requires_grad(true);
    try (TorchRmsProp optimizer =
        TorchRmsProp.builder(counting(wraps), RULE).parameter("p", p).build()) {
      long pointers = 0;
      long bytes = 0;
      for (int step = 0; step < 10_000; step++) {
        if (step == 1_000) {
          System.gc();
          pointers = Pointer.totalCount();
          bytes = Pointer.physicalBytes();
        }
        try (Tensor ones = torch.ones(180, 180);
            Tensor transposed = ones.t()) { // laid out anew for the step
          Torch.gradient(p, transposed);
        }
        optimizer.step();
        optimizer.zeroGrad();
      }
      assertTrue(Pointer.totalCount() <= pointers, "what is left to the garbage collector");
      System.gc();
      long grown = Pointer.physicalBytes() - bytes;
      assertTrue(grown < 400L << 20, "grown by " + grown); // 9,000 gradients would be 1,170 MB
      assertTrue(wraps.get() < 100, "wraps " + wraps);
    }
  }

  /** The views that it steps by must not be what keeps it. */
  @Test
  void whatIsDroppedAfterAStepIsClosed() throws InterruptedException {
    LogCapture log = LogCapture.of(DeviceBackend.class);
    log.start();
    try {
      stepAndDrop();
      String dropped = "was dropped without close and is closed now";
      for (int i = 0; i < 600 && !log.text().contains(dropped); i++) {
        System.gc();
        Thread.sleep(50);
      }
      assertTrue(log.text().contains(dropped), log.text());
    } finally {
      log.stop();
    }
  }

  private static void stepAndDrop() {
    Tensor p = Torch.parameter(1, 2);
    TorchRmsProp optimizer =
        TorchRmsProp.builder(Backends.open("cpu"), RULE).parameter("p", p).build();
    p.sum().backward();
    optimizer.step();
  }

  private OptimizerBackend counting(AtomicInteger wraps) {
    return (OptimizerBackend)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {OptimizerBackend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("wrap")) {
                wraps.incrementAndGet();
              }
              return method.invoke(backend, arguments);
            });
  }
}
