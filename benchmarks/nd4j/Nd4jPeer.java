import dev.rootmean.Preset;
import dev.rootmean.cli.bench.AlternatingTimer.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.RmsPropUpdater;
import org.nd4j.linalg.learning.config.RmsProp;

/** ND4J's updater, which turns gradients into updates, and the subtraction of these. */
final class Nd4jPeer implements Peer {
  private record Tensor(
      INDArray parameters, INDArray gradients, INDArray fresh, RmsPropUpdater updater) {}

  private final List<Tensor> tensors = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    new PeerRace(args)
        .run(new Peer.Kind("ND4J RmsPropUpdater", Preset.DL4J, List.of("plain"), Nd4jPeer::new));
  }

  private Nd4jPeer(Work work) {
    dev.rootmean.RmsProp rule = work.rule();
    RmsProp config = new RmsProp(rule.learningRate(), rule.decay(), rule.epsilon());
    for (int i = 0; i < work.lengths().length; i++) {
      INDArray fresh = Nd4j.createFromArray(work.gradients(i));
      INDArray average = Nd4j.zeros(fresh.dataType(), fresh.shape());
      average.assign(rule.initialSquareAverage());
      RmsPropUpdater updater = new RmsPropUpdater(config);
      updater.setState(Map.of(RmsPropUpdater.G_STATE, average), false);
      tensors.add(
          new Tensor(Nd4j.createFromArray(work.parameters(i)), fresh.dup(), fresh, updater));
    }
  }

  /** An update is not a gradient: without fresh ones, numbers would shrink until they are slow. */
  @Override
  public Turn turn() {
    return turnAfter(this::refresh);
  }

  private void refresh() {
    tensors.forEach(tensor -> tensor.gradients.assign(tensor.fresh));
  }

  @Override
  public void step() {
    for (Tensor tensor : tensors) {
      tensor.updater.applyUpdater(tensor.gradients, 0, 0);
      tensor.parameters.subi(tensor.gradients);
    }
  }

  @Override
  public float[] parameters(int tensor) {
    return tensors.get(tensor).parameters.toFloatVector();
  }

  @Override
  public void close() {
    for (Tensor tensor : tensors) {
      tensor.updater.getState().values().forEach(INDArray::close);
      List.of(tensor.parameters, tensor.gradients, tensor.fresh).forEach(INDArray::close);
    }
  }
}
