package dev.rootmean.spark;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.RmsPropState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Parameters and accumulators of a shard on a device, as they are before a step. */
final class ShardState implements AutoCloseable {
  /** Of what is being written: nobody finds it. */
  private static final long NONE = -1;

  private final OptimizerBackend backend;
  private final List<Part> parts = new ArrayList<>();
  private long step = NONE;
  private double loss;

  /** Those of one group. */
  record Part(ShardLayout.Piece piece, DeviceBuffer parameters, RmsPropState state) {}

  /** Takes memory, with accumulators at their start values. */
  ShardState(OptimizerBackend backend, Plan plan, int shard) {
    this.backend = backend;
    try {
      for (ShardLayout.Piece piece : plan.layout().pieces(shard)) {
        DeviceBuffer parameters = backend.allocate(DataType.FLOAT32, piece.length());
        try {
          parts.add(
              new Part(
                  piece,
                  parameters,
                  RmsPropState.allocate(
                      backend,
                      plan.rules().get(piece.group()).get(),
                      plan.precision().get(),
                      plan.layout().place(piece),
                      piece.length())));
        } catch (Throwable e) { // a full heap must not cost the device's memory
          parameters.close();
          throw e;
        }
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  OptimizerBackend backend() {
    return backend;
  }

  List<Part> parts() {
    return parts;
  }

  /** How many steps were taken, if it can be found. */
  long step() {
    return step;
  }

  boolean isOf(long wanted) {
    return step == wanted;
  }

  /** From here on it can be found. */
  void publish(long reached, double lossOfStep) {
    step = reached;
    loss = lossOfStep;
  }

  /** From here on it cannot. */
  void withdraw() {
    step = NONE;
  }

  void copyFrom(ShardState other) {
    for (int i = 0; i < parts.size(); i++) {
      RmsPropState to = parts.get(i).state();
      RmsPropState from = other.parts.get(i).state();
      parts.get(i).parameters().copyFrom(other.parts.get(i).parameters());
      to.squareAverage().copyFrom(from.squareAverage());
      to.momentum().ifPresent(b -> b.copyFrom(from.momentum().orElseThrow()));
      to.gradientAverage().ifPresent(m -> m.copyFrom(from.gradientAverage().orElseThrow()));
    }
  }

  /** Overwrites the parameters. */
  void write(byte[] blob) {
    ByteBuffer floats = Blob.floats(blob, 0);
    for (Part part : parts) {
      int end = floats.position() + part.piece().length() * Float.BYTES;
      part.parameters().write(0, floats.limit(end));
      floats.limit(floats.capacity());
    }
  }

  /** The parameters, and the loss of the step that has led here. */
  byte[] read() {
    int length = parts.stream().mapToInt(part -> part.piece().length()).sum();
    byte[] blob = Blob.of(loss, 0, length);
    ByteBuffer floats = Blob.floats(blob, 0);
    for (Part part : parts) {
      int end = floats.position() + part.piece().length() * Float.BYTES;
      part.parameters().read(0, floats.limit(end));
      floats.limit(floats.capacity());
    }
    return blob;
  }

  @Override
  public void close() {
    for (Part part : parts) {
      part.parameters().close();
      part.state().close();
    }
  }
}
