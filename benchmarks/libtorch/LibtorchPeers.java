import dev.rootmean.OptimizerBackend;
import dev.rootmean.Preset;
import dev.rootmean.RmsProp;
import dev.rootmean.pytorch.TorchRmsProp;
import dev.rootmean.pytorch.TorchRmsPropBuilder;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** libtorch's RMSprop and its fused Adagrad, and Rootmean on libtorch tensors tensors. */
final class LibtorchPeers {
  private LibtorchPeers() {}

  public static void main(String[] args) throws Exception {
    PeerRace race = new PeerRace(args);
    OptimizerBackend cpu = race.cpu();
    race.run(
        n -> torch.ones(n)::neg_,
        new Peer.Kind(
            "Rootmean on libtorch tensors",
            Preset.PYTORCH,
            PeerRace.VARIANTS,
            work -> rootmean(cpu, work)),
        new Peer.Kind(
            "libtorch RMSprop", Preset.PYTORCH, PeerRace.VARIANTS, LibtorchPeers::libtorch),
        new Peer.Kind("libtorch fused Adagrad", null, List.of("plain"), FusedAdagrad::new));
  }

  private static Peer libtorch(Peer.Work work) {
    TensorVector tensors = tensors(work);
    RMSprop optimizer = new RMSprop(tensors, options(work.rule()));
    return new OnTensors(tensors, optimizer::step, optimizer);
  }

  private static Peer rootmean(OptimizerBackend cpu, Peer.Work work) {
    TensorVector tensors = tensors(work);
    TorchRmsPropBuilder builder = TorchRmsProp.builder(cpu, work.rule());
    for (int i = 0; i < tensors.size(); i++) {
      builder.parameter("" + i, tensors.get(i));
    }
    TorchRmsProp optimizer = builder.build();
    return new OnTensors(tensors, optimizer::step, optimizer);
  }

  private static RMSpropOptions options(RmsProp rule) {
    RMSpropOptions options = new RMSpropOptions(rule.learningRate());
    options.alpha().put(rule.decay());
    options.eps().put(rule.epsilon());
    options.momentum().put(rule.momentum());
    options.centered().put(rule.centered());
    return options;
  }

  private static TensorVector tensors(Peer.Work work) {
    TensorVector tensors = new TensorVector();
    for (int i = 0; i < work.lengths().length; i++) {
      Tensor tensor = Tensor.create(work.parameters(i)).set_requires_grad(true);
      tensor.mutable_grad().put(Tensor.create(work.gradients(i)));
      tensors.push_back(tensor);
    }
    return tensors;
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    try (FloatPointer memory = tensor.data_ptr_float()) {
      memory.get(values);
    }
    return values;
  }

  private record OnTensors(TensorVector tensors, Runnable stepper, AutoCloseable optimizer)
      implements Peer {
    @Override
    public void step() {
      stepper.run();
    }

    @Override
    public float[] parameters(int tensor) {
      return floats(tensors.get(tensor));
    }

    @Override
    public void close() {
      try (tensors) {
        optimizer.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
