import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBackend;
import dev.rootmean.OptimizerBuilder;

/** Rootmean's optimizer, in memory of its own. */
final class RootmeanPeer implements Peer {
  private final OptimizerBackend backend;
  private final Optimizer optimizer;

  RootmeanPeer(OptimizerBackend backend, Work work) {
    this.backend = backend;
    OptimizerBuilder builder = Optimizer.builder(backend, work.rule());
    for (int i = 0; i < work.lengths().length; i++) {
      builder.parameter("" + i, work.lengths()[i]);
    }
    optimizer = builder.build();
    for (int i = 0; i < work.lengths().length; i++) {
      optimizer.parameter("" + i).write(work.parameters(i));
      optimizer.gradient("" + i).write(work.gradients(i));
    }
  }

  @Override
  public void step() {
    optimizer.step();
  }

  @Override
  public void await() {
    backend.synchronize();
  }

  @Override
  public float[] parameters(int tensor) {
    float[] values = new float[(int) optimizer.parameter("" + tensor).length()];
    optimizer.parameter("" + tensor).read(values);
    return values;
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
