import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** TensorFlow's training operations, in a graph. */
final class TensorFlowPeer implements Peer {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Session session;
  private final RmsProp rule;
  private final List<Variable<TFloat32>> parameters = new ArrayList<>();
  private final Op step;

  public static void main(String[] args) throws Exception {
    new PeerRace(args)
        .run(
            new Peer.Kind(
                "TensorFlow ApplyRMSProp",
                Preset.TENSORFLOW,
                PeerRace.VARIANTS,
                TensorFlowPeer::new));
  }

  private TensorFlowPeer(Work work) {
    rule = work.rule();
    int threads = Integer.parseInt(System.getenv("OMP_NUM_THREADS"));
    session =
        new Session(
            graph,
            ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(threads)
                .build());
    List<Op> steps = new ArrayList<>();
    for (int i = 0; i < work.lengths().length; i++) {
      steps.add(step(work, i));
    }
    step = tf.withControlDependencies(steps).noOp();
  }

  private Op step(Work work, int i) {
    int n = work.lengths()[i];
    float[] squares = new float[n];
    Arrays.fill(squares, (float) rule.initialSquareAverage());
    Variable<TFloat32> weight = variable(work.parameters(i));
    parameters.add(weight);
    Variable<TFloat32> square = variable(squares);
    Variable<TFloat32> momentum = variable(new float[n]);
    Variable<TFloat32> gradient = variable(work.gradients(i));
    Operand<TFloat32> rate = tf.constant((float) rule.learningRate());
    Operand<TFloat32> decay = tf.constant((float) rule.decay());
    Operand<TFloat32> share = tf.constant((float) rule.momentum());
    Operand<TFloat32> epsilon = tf.constant((float) rule.epsilon());
    if (rule.centered()) {
      Variable<TFloat32> average = variable(new float[n]);
      return tf.train.applyCenteredRmsProp(
          weight, average, square, momentum, rate, decay, share, epsilon, gradient);
    }
    return tf.train.applyRmsProp(weight, square, momentum, rate, decay, share, epsilon, gradient);
  }

  private Variable<TFloat32> variable(float[] values) {
    Shape shape = Shape.of(values.length);
    Variable<TFloat32> variable = tf.variable(shape, TFloat32.class);
    Operand<TFloat32> given = tf.placeholder(TFloat32.class);
    try (TFloat32 tensor = TFloat32.tensorOf(shape, DataBuffers.of(values, true, false));
        Result assigned =
            session.runner().feed(given, tensor).addTarget(tf.assign(variable, given)).run()) {
      return variable;
    }
  }

  @Override
  public void step() {
    session.runner().addTarget(step).run().close();
  }

  @Override
  public float[] parameters(int tensor) {
    try (Result result = session.runner().fetch(parameters.get(tensor)).run()) {
      TFloat32 values = (TFloat32) result.get(0);
      float[] floats = new float[(int) values.size()];
      values.copyTo(DataBuffers.of(floats, false, false));
      return floats;
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
