package dev.rootmean.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.BackendException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import dev.rootmean.Preset;
import dev.rootmean.cli.train.opencl.DeviceMatrix;
import dev.rootmean.cli.train.opencl.DeviceMemory;
import dev.rootmean.cli.train.opencl.DeviceSession;
import dev.rootmean.contract.RequiredBackends;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an OpenCL device computes by itself. */
class DeviceGradientsTest {
  private static final String DEVICE = "Portable";

  @BeforeAll
  static void pocl() {
    RequiredBackends.open("opencl", "Portable").close();
  }

  /** And so are the host's. */
  @ParameterizedTest
  @ValueSource(strings = {DEVICE, "rusticl"})
  void gradientsAreAsNearToTheTrueOnesAsFloatsAre(String name) {
    RequiredBackends.open("opencl", name).close();
    Images images = Digits.uci().train();
    Layers layers = new Layers(32, images.pixelsPerImage(), 17, 13, Images.CLASSES);
    Random random = new Random(1);
    float[] parameters = layers.initialParameters(random);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += 0.1f * (float) random.nextGaussian(); // biases too
    }
    Batch batch = new Batch(layers);
    batch.take(images, i -> i, 29);
    RoundingBounds bounds = new RoundingBounds(layers, parameters, batch);
    float[] gradients = new float[layers.parameters()];
    Perceptron host = new Perceptron(layers);
    host.forward(parameters, batch);
    assertWithin(bounds, host.backward(parameters, gradients, batch), gradients);
    Gradients device = new DeviceGradients(layers, new DeviceSession(name), () -> {});
    try (device) {
      OptimizerBuilder builder = Optimizer.builder(device.backend(), Preset.PYTORCH.rule());
      device.addTo(builder);
      try (Optimizer optimizer = builder.build()) {
        device.begin(optimizer, parameters);
        double loss = device.compute(batch);
        optimizer.gradient("parameters").read(gradients);
        assertWithin(bounds, loss, gradients);
      }
    }
    double largest = Arrays.stream(bounds.gradients).map(Math::abs).max().orElseThrow();
    double widest = Arrays.stream(bounds.errors).max().orElseThrow();
    assertTrue(largest > 100 * widest, "the bounds are so wide that they hide a lost example");
  }

  private static void assertWithin(RoundingBounds bounds, double loss, float[] gradients) {
    assertTrue(bounds.lossOff(loss) <= 1, () -> "loss: " + bounds.lossOff(loss));
    assertTrue(bounds.mostOff(gradients) <= 1, () -> "gradients: " + bounds.mostOff(gradients));
  }

  @Test
  void memoryThatIsNotThereIsRefusedBeforeTheSystemEndsTheProcess() {
    try (DeviceSession session = new DeviceSession(DEVICE)) {
      DeviceOutOfMemoryException refused =
          assertThrows(
              DeviceOutOfMemoryException.class,
              () -> {
                for (int i = 0; i < 1000; i++) {
                  session.allocate(1 << 28);
                }
              });
      assertTrue(refused.getMessage().startsWith("opencl: "), refused.getMessage());
      DeviceMemory one = session.allocate(1);
      session.send(one, new float[] {2}, 1);
      assertArrayEquals(new float[] {2}, session.receive(one, 1));
    }
  }

  /** What OpenCL would end the process for. */
  @Test
  void whatIsClosedIsNotTouched() {
    DeviceSession session = new DeviceSession(DEVICE);
    DeviceMemory memory = session.allocate(1);
    DeviceMatrix matrix = new DeviceMatrix(memory, 0, 1, 1);
    session.wrap(memory);
    session.close();
    session.close();
    float[] one = {1};
    for (Executable use :
        List.<Executable>of(
            () -> session.allocate(1),
            () -> session.wrap(memory),
            () -> session.send(memory, one, 1),
            () -> session.receive(memory, 1),
            () -> session.multiply(matrix, matrix, matrix),
            () -> session.launch("total", 1, memory, 1, memory))) {
      assertThrows(IllegalStateException.class, use);
    }
  }

  @Test
  void aFailureInTheMiddleClosesTheSession() {
    DeviceSession session = new DeviceSession(DEVICE);
    assertThrows(
        ArithmeticException.class,
        () ->
            new DeviceGradients(
                new Layers(1, 2, 3),
                session,
                () -> {
                  throw new ArithmeticException("planted");
                }));
    assertThrows(IllegalStateException.class, () -> session.allocate(1));
  }

  @Test
  void anUnknownKernelIsToldAndTheRestGoesOn() {
    try (DeviceSession session = new DeviceSession(DEVICE)) {
      BackendException unknown =
          assertThrows(BackendException.class, () -> session.launch("other", 1));
      assertTrue(unknown.getMessage().contains("CL_INVALID_KERNEL_NAME"), unknown.getMessage());
      DeviceMemory numbers = session.allocate(3);
      session.send(numbers, new float[] {1, 2, 4}, 3);
      DeviceMemory sum = session.allocate(1);
      session.launch("total", 1, numbers, 3, sum);
      assertArrayEquals(new float[] {7}, session.receive(sum, 1));
    }
  }
}
