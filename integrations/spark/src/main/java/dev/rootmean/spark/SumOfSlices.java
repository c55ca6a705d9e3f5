package dev.rootmean.spark;

import dev.rootmean.DataType;
import dev.rootmean.DeviceBuffer;
import dev.rootmean.DeviceLostException;
import dev.rootmean.DeviceOutOfMemoryException;
import dev.rootmean.GradientDecision;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.spi.DecisionField;
import dev.rootmean.spi.Kernel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/**
 * Adds up the workers' gradients of a shard, in ascending order of their numbers, whatever order
 * they come in. Where the policy measures, it measures the chunks that begin in the shard, too.
 */
final class SumOfSlices
    implements Function2<Integer, Iterator<Tuple2<Integer, byte[]>>, Iterator<byte[]>> {
  private static final long serialVersionUID = 1;

  private final Plan plan;

  SumOfSlices(Plan plan) {
    this.plan = plan;
  }

  @Override
  public Iterator<byte[]> call(Integer shard, Iterator<Tuple2<Integer, byte[]>> slices) {
    ShardLayout layout = plan.layout();
    int floats = Math.toIntExact(layout.gradientsEnd(shard) - layout.start(shard));
    float[] sum = new float[floats];
    double loss = 0;
    byte[][] early = new byte[plan.workers()][];
    int next = 0;
    while (slices.hasNext()) {
      byte[] slice = slices.next()._2();
      early[Blob.number(slice)] = slice;
      for (; next < early.length && early[next] != null; next++) {
        add(sum, Blob.floats(early[next], 0).asFloatBuffer(), next == 0);
        loss += Blob.loss(early[next]);
        early[next] = null;
      }
    }
    if (next < early.length) {
      throw new IllegalStateException(
          "shard " + shard + " has no gradient of worker " + next + ": expected one of each");
    }
    float[] squares = plan.measures() ? measured(shard, sum) : new float[0];
    byte[] blob = Blob.of(loss / next, squares.length, squares.length + floats);
    Blob.floats(blob, 0).asFloatBuffer().put(squares).put(sum);
    return List.of(blob).iterator();
  }

  /** The first is copied, so that its -0 stays one. */
  private static void add(float[] sum, FloatBuffer slice, boolean isFirst) {
    if (isFirst) {
      slice.get(sum);
      return;
    }
    float[] addend = new float[sum.length];
    slice.get(addend);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += addend[i];
    }
  }

  /** Measures on the device, or where that has no room, on the CPU by the same bits. */
  private float[] measured(int shard, float[] sum) {
    try {
      return squares(ExecutorBackend.open(plan.backend()), shard, sum);
    } catch (DeviceOutOfMemoryException e) {
      return squares(ExecutorBackend.open(ExecutorBackend.LAST_RESORT), shard, sum);
    } catch (DeviceLostException e) {
      ExecutorBackend.afterLoss(e);
      throw e;
    }
  }

  /** The sum of the squares of each chunk, as a backend measures it. */
  private float[] squares(OptimizerBackend backend, int shard, float[] sum) {
    List<DeviceBuffer> parts = new ArrayList<>();
    int chunks = 0;
    try {
      for (ShardLayout.Piece piece : plan.layout().measuredPieces(shard)) {
        DeviceBuffer part = backend.allocate(DataType.FLOAT32, piece.length());
        parts.add(part);
        part.write(0, sum, (int) (piece.start() - plan.layout().start(shard)), piece.length());
        chunks += Math.toIntExact(Kernel.chunks(piece.length()));
      }
      float[] squares = new float[chunks];
      if (chunks > 0) {
        try (GradientDecision decision =
            GradientDecision.allocate(
                backend, plan.policy().get(), DataType.FLOAT32, (long) chunks * Kernel.CHUNK)) {
          backend.measure(parts, decision);
          decision.buffer().read(DecisionField.COUNT, squares, 0, chunks);
        }
      }
      return squares;
    } finally {
      parts.forEach(DeviceBuffer::close);
    }
  }
}
