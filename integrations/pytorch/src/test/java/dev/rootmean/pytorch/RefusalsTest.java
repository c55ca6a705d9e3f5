package dev.rootmean.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rootmean.Backends;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.contract.RequiredBackends;
import dev.rootmean.opencl.OpenClProvider;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be stepped is told at once, and nothing has changed. */
class RefusalsTest {
  private OptimizerBackend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static OptimizerBackend openCl() {
    return RequiredBackends.open(new OpenClProvider(), "Portable");
  }

  private TorchRmsPropBuilder builder() {
    return TorchRmsProp.builder(backend, Preset.PYTORCH.rule());
  }

  static Stream<Arguments> parameters() {
    Tensor grown = Torch.parameter(1, 2);
    return Stream.of(
        Arguments.of(new Tensor(), "undefined: expected a tensor"),
        Arguments.of(
            torch.zeros(new long[] {2}, new TensorOptions(torch.ScalarType.Half)),
            "a Half: expected a Float, as 16 bits would lose most steps"),
        Arguments.of(
            torch.zeros(new long[] {2}, new TensorOptions(torch.ScalarType.BFloat16)),
            "a BFloat16: expected a Float, as 16 bits would lose most steps"),
        Arguments.of(
            torch.zeros(new long[] {2}, new TensorOptions(torch.ScalarType.Long)),
            "a Long: expected a Float or a Double"),
        Arguments.of(Tensor.create(1.0, 2.0), "a FLOAT64: expected a FLOAT32 as \"first\" is"),
        Arguments.of(torch.zeros(0), "empty: expected at least one element"),
        Arguments.of(
            torch.zeros(2, 3).t(), "not contiguous: expected one that is, such as contiguous()"),
        Arguments.of(torch.eye(3).to_sparse(), "Sparse: expected a dense one"),
        Arguments.of(torch.eye(3).to_sparse_csr(), "SparseCsr: expected a dense one"),
        Arguments.of(
            torch.zeros(
                new long[] {2},
                new TensorOptions(new org.bytedeco.pytorch.Device(torch.DeviceType.Meta))),
            "on meta: expected one on cpu or cuda"),
        Arguments.of(
            grown.mul(new Scalar(2)),
            "the result of an operation: expected a leaf, which gets a gradient"));
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void ofParameters(Tensor parameter, String why) {
    TorchRmsPropBuilder builder = builder().parameter("first", Torch.parameter(1));
    assertEquals(
        "parameter \"w\" is " + why,
        assertThrows(IllegalArgumentException.class, () -> builder.parameter("w", parameter))
            .getMessage());
    builder.parameter("w", Torch.parameter(1)).build().close();
  }

  @Test
  void ofATensorTwice() {
    Tensor p = Torch.parameter(1, 2);
    TorchRmsPropBuilder builder = builder().parameter("p", p);
    assertEquals(
        "parameter \"q\" is \"p\" too: expected each tensor once",
        assertThrows(IllegalArgumentException.class, () -> builder.parameter("q", p)).getMessage());
    assertEquals(
        "parameter \"p\" is there already: expected another name",
        assertThrows(
                IllegalArgumentException.class, () -> builder.parameter("p", Torch.parameter(1)))
            .getMessage());
    Tensor half = p.narrow(0, 0, 1).detach();
    assertEquals(
        "parameter \"half\" is memory that \"p\" has too: expected memory of its own",
        assertThrows(IllegalArgumentException.class, () -> builder.parameter("half", half).build())
            .getMessage());
  }

  @Test
  void ofTwoOptimizersOverOneTensor() {
    Tensor p = Torch.parameter(1, 2);
    try (TorchRmsProp first = builder().parameter("p", p).build()) {
      assertEquals(
          "parameter \"p\" is memory that \"p\" of another optimizer has too:"
              + " expected that one to be closed first",
          assertThrows(IllegalArgumentException.class, () -> builder().parameter("p", p).build())
              .getMessage());
      p.sum().backward();
      first.step();
    }
    builder().parameter("p", p).build().close();
  }

  @Test
  void ofMemoryTwiceWhereItIsCopied() {
    Tensor p = Torch.parameter(1, 2);
    Tensor half = p.narrow(0, 1, 1).detach();
    try (OptimizerBackend opencl = openCl()) {
      TorchRmsPropBuilder builder =
          TorchRmsProp.builder(opencl, Preset.PYTORCH.rule()).parameter("p", p);
      assertEquals(
          "parameter \"half\" is memory that \"p\" has too: expected memory of its own",
          assertThrows(IllegalArgumentException.class, () -> builder.parameter("half", half))
              .getMessage());
    }
  }

  @Test
  void ofMemoryThatTheBackendCannotReach() {
    try (BytePointer bytes = new BytePointer(12)) {
      BytePointer odd = bytes.getPointer(1);
      Tensor p = torch.from_blob(odd, 2);
      assertEquals(
          "parameter \"p\": 2 elements of FLOAT32 at address 0x"
              + Long.toHexString(odd.address())
              + ": expected a multiple of 4, and all below 2^63",
          assertThrows(IllegalArgumentException.class, () -> builder().parameter("p", p))
              .getMessage());
    }
  }

  @Test
  void ofASecondOptimizerOfABuilder() {
    Tensor p = Torch.parameter(1);
    TorchRmsPropBuilder builder = builder().parameter("p", p);
    try (TorchRmsProp optimizer = builder.build()) {
      for (Executable call :
          new Executable[] {builder::build, () -> builder.parameter("q", Torch.parameter(1))}) {
        assertEquals(
            "build() was called: expected another builder for another optimizer",
            assertThrows(IllegalStateException.class, call).getMessage());
      }
      p.sum().backward();
      optimizer.step();
      assertTrue(p.item_float() < 1);
    }
  }

  static Stream<Arguments> gradients() {
    return Stream.of(
        Arguments.of(torch.eye(2).to_sparse(), "sparse: expected a dense one"),
        Arguments.of(torch.zeros(3), "3 of Float on cpu: expected 4 of Float on cpu as it has"),
        Arguments.of(
            torch.zeros(new long[] {4}, new TensorOptions(torch.ScalarType.Double)),
            "4 of Double on cpu: expected 4 of Float on cpu as it has"),
        Arguments.of(
            torch.zeros(new long[] {4}, new TensorOptions(torch.ScalarType.Int)),
            "4 of Int on cpu: expected 4 of Float on cpu as it has"));
  }

  @ParameterizedTest
  @MethodSource("gradients")
  void ofGradients(Tensor gradient, String why) {
    Tensor before = Torch.parameter(1);
    Tensor p = torch.ones(2, 2).set_requires_grad(true);
    before.sum().backward();
    Torch.gradient(p, gradient);
    try (TorchRmsProp optimizer = builder().parameter("before", before).parameter("p", p).build()) {
      assertEquals(
          "the gradient of \"p\" is " + why,
          assertThrows(IllegalArgumentException.class, optimizer::step).getMessage());
      assertEquals(1, before.item_float());
      optimizer.zeroGrad();
      p.sum().backward();
      optimizer.step();
    }
  }

  @Test
  void ofAClosedOptimizer() {
    TorchRmsProp optimizer = builder().parameter("p", Torch.parameter(1)).build();
    optimizer.close();
    for (Executable call : new Executable[] {optimizer::step, optimizer::zeroGrad}) {
      assertEquals(
          "the optimizer is closed: expected an open one",
          assertThrows(IllegalStateException.class, call).getMessage());
    }
  }

  /** As loading a file into a module does, and moving it. */
  @Test
  void ofATensorThatHasMoved() {
    Tensor p = Torch.parameter(1, 2);
    try (TorchRmsProp optimizer = builder().parameter("p", p).build()) {
      long place = p.data_ptr().address();
      p.set_data(Tensor.create(3f, 4f));
      p.sum().backward();
      assertEquals(
          "parameter \"p\" has moved from 0x"
              + Long.toHexString(place)
              + " to 0x"
              + Long.toHexString(p.data_ptr().address())
              + ": expected it where it was; load and move modules before their optimizer is built",
          assertThrows(IllegalStateException.class, optimizer::step).getMessage());
      assertArrayEquals(new float[] {3, 4}, Torch.floats(p));
    }
  }

  static Stream<Arguments> others() {
    return Stream.of(
        Arguments.of(torch.zeros(3), "3 of Float on cpu"),
        Arguments.of(
            torch.zeros(new long[] {2, 2}, new TensorOptions(torch.ScalarType.Double)),
            "4 of Double on cpu"),
        Arguments.of(torch.zeros(2, 2).t(), "4 of Float on cpu, not contiguous"));
  }

  /** As moving a module to a GPU makes others of its tensors. */
  @ParameterizedTest
  @MethodSource("others")
  void ofATensorThatHasBecomeAnother(Tensor other, String now) {
    Tensor p = torch.ones(2, 2).set_requires_grad(true);
    try (OptimizerBackend opencl = openCl();
        TorchRmsProp optimizer =
            TorchRmsProp.builder(opencl, Preset.PYTORCH.rule()).parameter("p", p).build()) {
      p.set_data(other);
      p.sum().backward();
      assertEquals(
          "parameter \"p\" is now "
              + now
              + ": expected 4 of Float on cpu; load and move modules before their optimizer is"
              + " built",
          assertThrows(IllegalStateException.class, optimizer::step).getMessage());
    }
  }
}
