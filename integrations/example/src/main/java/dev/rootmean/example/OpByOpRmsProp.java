package dev.rootmean.example;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import java.util.HashMap;
import java.util.Map;

/** The formula of DJL's RMSProp by DJL's operations: its own optimizer throws on PyTorch. */
public final class OpByOpRmsProp extends Optimizer implements AutoCloseable {
  private static final float RHO = 0.9f;
  private static final float EPSILON = 1e-8f;
  private static final float LEARNING_RATE = 0.001f;

  private final Map<String, NDArray> averages = new HashMap<>();

  private static final class Builder extends OptimizerBuilder<Builder> {
    @Override
    protected Builder self() {
      return this;
    }
  }

  /** Makes one of DJL's settings: learning rate 0.001, decay 0.9, ε 10⁻⁸. */
  public OpByOpRmsProp() {
    super(new Builder());
  }

  @Override
  public void update(String parameterId, NDArray weight, NDArray grad) {
    NDArray average =
        averages.computeIfAbsent(
            parameterId,
            id -> {
              NDArray zeros = weight.zerosLike();
              zeros.detach(); // not the trainer's to free
              return zeros;
            });
    try (NDManager scope = weight.getManager().newSubManager()) {
      for (NDArray array : new NDArray[] {weight, grad, average}) {
        array.tempAttach(scope);
      }
      average.muli(RHO).addi(grad.square().muli(1 - RHO));
      weight.subi(grad.mul(LEARNING_RATE).divi(average.add(EPSILON).sqrt()));
      NDArray own = weight.getGradient();
      own.subi(own);
    }
  }

  @Override
  public void close() {
    averages.values().forEach(NDArray::close);
  }
}
