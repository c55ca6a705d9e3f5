import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;

/** RMSProp by DJL's operations on PyTorch, where DJL's own does not run. */
final class DjlPeer implements Peer {
  private final NDManager manager = NDManager.newBaseManager();
  private final RmsProp rule;
  private final NDArray[][] tensors;

  public static void main(String[] args) throws Exception {
    new PeerRace(args)
        .run(new Peer.Kind("DJL on PyTorch op by op", Preset.DJL, PeerRace.VARIANTS, DjlPeer::new));
  }

  private DjlPeer(Work work) {
    rule = work.rule();
    tensors = new NDArray[work.lengths().length][];
    for (int i = 0; i < tensors.length; i++) {
      NDArray weight = manager.create(work.parameters(i));
      NDArray gradient = manager.create(work.gradients(i));
      NDArray momentum = rule.hasMomentum() ? weight.zerosLike() : null;
      NDArray average = rule.centered() ? weight.zerosLike() : null;
      tensors[i] = new NDArray[] {weight, gradient, weight.zerosLike(), momentum, average};
    }
  }

  @Override
  public void step() {
    for (NDArray[] tensor : tensors) {
      step(tensor[0], tensor[1], tensor[2], tensor[3], tensor[4]);
    }
  }

  private void step(
      NDArray weight, NDArray gradient, NDArray square, NDArray momentum, NDArray average) {
    float decay = (float) rule.decay();
    float rate = (float) rule.learningRate();
    try (NDManager scope = manager.newSubManager()) {
      weight.tempAttach(scope);
      gradient.tempAttach(scope);
      square.tempAttach(scope);
      square.muli(decay).addi(gradient.square().muli(1 - decay));
      NDArray root;
      if (average == null) {
        root = square.add(rule.epsilon()).sqrt();
      } else {
        average.tempAttach(scope);
        average.muli(decay).addi(gradient.mul(1 - decay));
        root = square.sub(average.square()).addi(rule.epsilon()).sqrt();
      }
      NDArray update = gradient.mul(rate).divi(root);
      if (momentum == null) {
        weight.subi(update);
      } else {
        momentum.tempAttach(scope);
        momentum.muli(rule.momentum()).addi(update);
        weight.subi(momentum);
      }
    }
  }

  @Override
  public float[] parameters(int tensor) {
    return tensors[tensor][0].toFloatArray();
  }

  @Override
  public void close() {
    manager.close();
  }
}
