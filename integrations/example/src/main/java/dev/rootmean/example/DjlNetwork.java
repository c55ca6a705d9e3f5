package dev.rootmean.example;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import dev.rootmean.cli.train.Images;
import java.util.Arrays;
import java.util.List;

/** A small convolutional network of DJL's, on PyTorch. */
final class DjlNetwork implements Network {
  private static final String ENGINE = "PyTorch";

  private final Model model;
  private final Trainer trainer;
  private final Runnable closer;

  /**
   * Makes the network, with first parameters that the seed decides.
   *
   * @param closer closes the optimizer, after the network
   */
  DjlNetwork(Optimizer optimizer, Runnable closer, long seed) {
    this.closer = closer;
    Engine.getEngine(ENGINE).setRandomSeed(Long.hashCode(seed));
    model = Model.newInstance("digits", Device.cpu(), ENGINE);
    model.setBlock(
        new SequentialBlock()
            .add(convolution(16))
            .add(Activation::relu)
            .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
            .add(convolution(32))
            .add(Activation::relu)
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(64).build())
            .add(Activation::relu)
            .add(Linear.builder().setUnits(Images.CLASSES).build()));
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(optimizer));
    trainer.initialize(shape(1));
  }

  private static Conv2d convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .optPadding(new Shape(1, 1))
        .setFilters(filters)
        .build();
  }

  private static Shape shape(int images) {
    return new Shape(images, 1, SIDE, SIDE);
  }

  @Override
  public double computeGradients(float[] images, int[] labels) {
    try (NDManager batch = trainer.getManager().newSubManager();
        GradientCollector collector = trainer.newGradientCollector()) {
      NDList seen = trainer.forward(new NDList(batch.create(images, shape(labels.length))));
      NDArray loss = trainer.getLoss().evaluate(new NDList(batch.create(labels)), seen);
      collector.backward(loss);
      return loss.getFloat();
    }
  }

  @Override
  public void step() {
    trainer.step();
  }

  @Override
  public int[] classify(float[] images) {
    try (NDManager batch = trainer.getManager().newSubManager()) {
      int count = images.length / (SIDE * SIDE);
      NDList seen = trainer.evaluate(new NDList(batch.create(images, shape(count))));
      return Arrays.stream(seen.singletonOrThrow().argMax(1).toLongArray())
          .mapToInt(Math::toIntExact)
          .toArray();
    }
  }

  @Override
  public List<float[]> parameters() {
    return model.getBlock().getParameters().values().stream()
        .map(parameter -> parameter.getArray().toFloatArray())
        .toList();
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
    closer.run();
  }
}
