package dev.rootmean.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.tracker.Tracker;
import dev.rootmean.OptimizerBackend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is saved goes on as if nothing had been. */
class StateTest {
  private static final Tracker FALLING =
      Tracker.factor().setBaseValue(0.01f).setFactor(0.9f).build();

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Block block(DataType type) {
    Block block =
        new SequentialBlock()
            .add(Linear.builder().setUnits(5).build())
            .add(Linear.builder().setUnits(3).build());
    block.initialize(manager, type, new Shape(1, 4));
    return block;
  }

  private static RmsPropOptimizer optimizer(OptimizerBackend backend, float momentum) {
    return RmsPropOptimizer.builder(backend)
        .optLearningRateTracker(FALLING)
        .optMomentum(momentum)
        .optCentered(true)
        .build();
  }

  private void update(RmsPropOptimizer optimizer, Block block, int first, int last) {
    for (int step = first; step <= last; step++) {
      Random random = new Random(step);
      for (Parameter parameter : block.getParameters().values()) {
        NDArray weight = parameter.getArray();
        double[] gradient = random.doubles(weight.size()).toArray();
        NDArray array = manager.create(gradient, weight.getShape());
        optimizer.update(parameter.getId(), weight, array.toType(weight.getDataType(), false));
      }
    }
  }

  private static List<byte[]> bytes(Block block) {
    return block.getParameters().values().stream().map(p -> p.getArray().toByteArray()).toList();
  }

  private static void assertSame(Block expected, Block block) {
    assertArrayEquals(bytes(expected).toArray(), bytes(block).toArray());
  }

  private void copy(Block from, Block to) throws Exception {
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    from.saveParameters(new DataOutputStream(saved));
    to.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(saved.toByteArray())));
  }

  /** In another block, as another process would have it: with the same names and other ids. */
  @ParameterizedTest
  @CsvSource({"cpu, FLOAT32", "cpu, FLOAT64", "opencl, FLOAT32"})
  void tenStepsAndTenMoreAreTwenty(String name, DataType type) throws Exception {
    Block twenty = block(type);
    Block ten = block(type);
    Block tenMore = block(type);
    copy(twenty, ten);
    try (OptimizerBackend backend = OpenBackend.named(name);
        RmsPropOptimizer whole = optimizer(backend, 0.9f);
        RmsPropOptimizer before = optimizer(backend, 0.9f);
        RmsPropOptimizer after = optimizer(backend, 0.9f)) {
      update(whole, twenty, 1, 20);
      update(before, ten, 1, 10);
      ByteArrayOutputStream saved = new ByteArrayOutputStream();
      before.getState(ten, manager).encode(saved);
      copy(ten, tenMore);
      after.setState(
          tenMore, NDList.decode(manager, new ByteArrayInputStream(saved.toByteArray())));
      update(after, tenMore, 11, 20);
      assertSame(twenty, tenMore);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing | 02Linear_bias.momentum is missing: expected the state of a rule with the same",
        "shape   | 02Linear_bias.momentum is FLOAT32 (2): expected FLOAT32 (3)",
        "type    | 02Linear_bias.momentum is FLOAT64 (3): expected FLOAT32 (3)",
        "more    | another is left over: expected the state of this model, and of a rule with"
      })
  void aStateThatDoesNotFitIsRefusedAndChangesNothing(String fault, String message)
      throws Exception {
    Block block = block(DataType.FLOAT32);
    Block undisturbed = block(DataType.FLOAT32);
    copy(block, undisturbed);
    try (OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer = optimizer(backend, 0.9f);
        RmsPropOptimizer same = optimizer(backend, 0.9f)) {
      update(optimizer, block, 1, 2);
      update(same, undisturbed, 1, 2);
      NDList state = optimizer.getState(block, manager);
      NDArray right = state.remove("02Linear_bias.momentum");
      switch (fault) {
        case "shape" -> add(state, right.getName(), right.get("1:"));
        case "type" -> add(state, right.getName(), right.toType(DataType.FLOAT64, true));
        case "more" -> {
          state.add(right);
          add(state, "another", right.duplicate());
        }
        default -> {}
      }
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> optimizer.setState(block, state));
      assertTrue(e.getMessage().startsWith("the state's " + message), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
      update(optimizer, block, 3, 4);
      update(same, undisturbed, 3, 4);
      assertSame(undisturbed, block);
    }
  }

  private static void add(NDList state, String name, NDArray array) {
    array.setName(name);
    state.add(array);
  }

  @Test
  void theStateOfAPartOfAModelIsRefused() {
    Block block = block(DataType.FLOAT32);
    try (OptimizerBackend backend = OpenBackend.named("cpu");
        RmsPropOptimizer optimizer = optimizer(backend, 0)) {
      update(optimizer, block, 1, 1);
      Block part = block.getChildren().get(0).getValue();
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> optimizer.getState(part, manager));
      assertEquals(
          "the block lacks 2 of the 4 parameters that were updated: expected the whole model",
          e.getMessage());
    }
  }
}
