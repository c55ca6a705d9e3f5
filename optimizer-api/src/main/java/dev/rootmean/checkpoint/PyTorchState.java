package dev.rootmean.checkpoint;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.Optimizer;
import dev.rootmean.Precision;
import dev.rootmean.Progress;
import dev.rootmean.RmsProp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * The state of {@code torch.optim.RMSprop} in a safetensors file: for each tensor {@code
 * NAME.square_avg}, with momentum {@code NAME.momentum_buffer}, centered {@code NAME.grad_avg}, and
 * {@code NAME.step}, a single number. Parameters are a file of their own: {@link Parameters}.
 *
 * <p>PyTorch applies the learning rate after the momentum. Where the rule here applies it before
 * ({@link RmsProp.MomentumForm#LR_INSIDE}), the momentum is multiplied by the group's learning rate
 * when it is loaded, and divided by it when it is saved. Both forms then take the same steps as
 * long as the rate stays the same, and it must have been the same all the time. So an optimizer
 * with a schedule is refused, and one whose rate is 0 or not the one that it was built with. A rate
 * that was changed by {@link Optimizer#learningRate(double)} and has come back is not seen, as no
 * checkpoint tells of it: the momentum is then another one. Do not carry over such a training.
 *
 * <p>PyTorch keeps accumulators in the type of the parameters, and nothing beside them. So a {@link
 * Precision} that keeps them otherwise is refused.
 *
 * @since 0.1.0
 */
public final class PyTorchState {
  private static final String STEP = ".step";

  /** Python writes its default type, C++ a whole number. */
  private static final Set<Dtype> STEP_TYPES = EnumSet.of(Dtype.F32, Dtype.F64, Dtype.I64);

  private static final String MOMENTUM = ".momentum_buffer";

  private PyTorchState() {}

  /**
   * Saves accumulators, and the count of steps, for PyTorch.
   *
   * @param optimizer what is queued for it is waited for
   * @param file to be written, or to take the place of, as by {@link Parameters#save}
   * @throws CheckpointException if PyTorch has no such state; the file is as before
   * @throws IOException if it cannot be saved; the file is as before
   * @throws IllegalStateException if the last step is half done
   */
  public static void save(Optimizer optimizer, Path file) throws IOException {
    Progress progress = optimizer.progress();
    if (progress.gatheredMicroBatches() > 0) {
      throw new CheckpointException(
          progress.gatheredMicroBatches()
              + " micro-batches are gathered, which PyTorch's state has no place for: expected a"
              + " save after a step");
    }
    requireLikePyTorch(optimizer.precision());
    SafetensorsWriter writer = new SafetensorsWriter(SafetensorsWriter.OF_PYTORCH);
    for (Content content : accumulators(optimizer)) {
      DeviceBuffer buffer = content.buffer();
      double rate = rateInside(optimizer, content);
      Pieces source =
          rate == 1
              ? buffer::read
              : (offset, bytes) -> {
                buffer.read(offset, bytes);
                change(buffer.dataType(), bytes.flip(), x -> x / rate);
                bytes.position(bytes.limit());
              };
      writer.add(content.name(), content.shape(), buffer.dataType(), source);
    }
    float steps = optimizer.stepCount();
    for (String name : optimizer.names()) {
      writer.add(
          name + STEP, List.of(), DataType.FLOAT32, (offset, bytes) -> bytes.putFloat(steps));
    }
    writer.replace(file);
  }

  /**
   * Goes on with PyTorch's state: accumulators and the count of steps. Parameters stay as they are,
   * and so does the learning rate, which PyTorch keeps elsewhere.
   *
   * @param file a safetensors file; or the name of one that is split, with an index beside it
   * @param optimizer the state of each of its tensors is in the file, and no other
   * @throws CheckpointException if the file is not what its format asks for, or does not fit; then
   *     it has a line for each tensor; or if PyTorch keeps no state as the optimizer does. Nothing
   *     has changed
   * @throws IOException if the file cannot be read to its end: load it again, or something else
   * @throws IllegalStateException if the last step is half done
   */
  public static void load(Path file, Optimizer optimizer) throws IOException {
    requireLikePyTorch(optimizer.precision());
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      reader.require(expected(optimizer, reader), true);
      List<Content> accumulators = accumulators(optimizer);
      for (Content content : accumulators) {
        rateInside(optimizer, content); // refused before anything has changed
      }
      optimizer.resume(progress(reader, optimizer));
      for (Content content : accumulators) {
        DeviceBuffer buffer = content.buffer();
        double rate = rateInside(optimizer, content);
        Pieces target =
            rate == 1
                ? buffer::write
                : (offset, bytes) -> {
                  change(buffer.dataType(), bytes, x -> x * rate);
                  buffer.write(offset, bytes);
                };
        reader.read(content.name(), target);
      }
    }
  }

  private static void requireLikePyTorch(Precision precision) throws CheckpointException {
    if (precision.remainder() || precision.accumulators() != precision.parameters()) {
      throw new CheckpointException(
          "PyTorch keeps accumulators in the parameters' type, "
              + precision.parameters()
              + ", and nothing beside them: expected an optimizer that does, and not "
              + precision);
    }
  }

  private static List<Content> accumulators(Optimizer optimizer) {
    return Content.state(optimizer, Set.of());
  }

  private static Map<String, String> expected(Optimizer optimizer, SafetensorsReader reader) {
    Map<String, String> expected = new LinkedHashMap<>();
    for (Content content : accumulators(optimizer)) {
      expected.put(content.name(), Parameters.described(content));
    }
    for (String name : optimizer.names()) {
      StoredTensor steps = reader.tensors().get(name + STEP);
      boolean isCount =
          steps != null && STEP_TYPES.contains(steps.type()) && steps.shape().isEmpty();
      expected.put(name + STEP, isCount ? steps.toString() : "F32[], F64[] or I64[]");
    }
    return expected;
  }

  /** A tensor that had no gradient in some steps has a lower count. */
  private static Progress progress(SafetensorsReader reader, Optimizer optimizer)
      throws IOException {
    double most = 0;
    for (String name : optimizer.names()) {
      double steps = steps(reader, name + STEP);
      if (!(steps >= 0 && steps < Long.MAX_VALUE && steps == Math.rint(steps))) {
        throw new CheckpointException(
            reader.path()
                + ": tensor "
                + CheckpointException.quoted(name + STEP)
                + " is "
                + steps
                + ": expected a whole number of at least 0");
      }
      most = Math.max(most, steps);
    }
    Progress now = optimizer.progress();
    return new Progress(
        (long) most, 0, 0, Set.of(), now.learningRate(), now.lossScale(), now.goodSteps());
  }

  private static double steps(SafetensorsReader reader, String name) throws IOException {
    Dtype type = reader.tensors().get(name).type();
    double[] steps = new double[1];
    reader.read(
        name,
        (offset, bytes) ->
            steps[0] =
                switch (type) {
                  case F32 -> bytes.getFloat();
                  case F64 -> bytes.getDouble();
                  default -> bytes.getLong();
                });
    return steps[0];
  }

  /** What the accumulator is scaled by, and PyTorch's is not: 1 for all but a momentum. */
  private static double rateInside(Optimizer optimizer, Content content)
      throws CheckpointException {
    RmsProp rule = optimizer.rule(optimizer.group(content.tensor()));
    if (!content.name().equals(content.tensor() + MOMENTUM)
        || rule.momentumForm() == RmsProp.MomentumForm.LR_OUTSIDE) {
      return 1;
    }
    double first = optimizer.rule("").learningRate();
    if (rule.learningRate() == 0) {
      throw notOneRate(content, "0");
    } else if (optimizer.schedule().isPresent()) {
      throw notOneRate(content, "a schedule");
    } else if (optimizer.learningRate() != first) {
      throw notOneRate(content, first + " and then " + optimizer.learningRate());
    }
    return rule.learningRate();
  }

  private static CheckpointException notOneRate(Content content, String found) {
    return new CheckpointException(
        "the momentum of "
            + CheckpointException.quoted(content.tensor())
            + " holds learning rates, PyTorch's does not: expected one rate above 0 that stays the"
            + " same, and not "
            + found);
  }

  private static void change(DataType type, ByteBuffer bytes, DoubleUnaryOperator operator) {
    for (int at = bytes.position(); at < bytes.limit(); at += type.bytes()) {
      type.put(bytes, at, operator.applyAsDouble(type.get(bytes, at)));
    }
  }
}
