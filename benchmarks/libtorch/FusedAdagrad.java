import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's Adagrad in one pass: another formula that moves the same bytes, and so what a fused
 * RMSProp of libtorch's would take. Only TorchScript reaches it.
 */
final class FusedAdagrad implements Peer {
  private static final String SCRIPT =
      """
      def split(row: Tensor, lengths: Tensor) -> List[Tensor]:
          sizes: List[int] = lengths.tolist()
          return row.split_with_sizes(sizes)

      def step(p: List[Tensor], g: List[Tensor], sums: List[Tensor], steps: List[Tensor]):
          torch._fused_adagrad_(p, g, sums, steps, lr=0.001, lr_decay=0.0, weight_decay=0.0,
                                eps=1e-10, maximize=False)
      """;

  private final CompilationUnit script = torch.compile(SCRIPT);
  private final Tensor parameters;
  private final IValueVector arguments;
  private final Function step = function("step");

  FusedAdagrad(Work work) {
    long[] lengths = new long[work.lengths().length];
    long[] ones = new long[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = work.lengths()[i];
      ones[i] = 1;
    }
    parameters = Tensor.create(Subject.values(work.elements(), 1));
    arguments =
        new IValueVector(
            split(parameters, lengths),
            split(Tensor.create(Subject.values(work.elements(), 2)), lengths),
            split(torch.zeros(work.elements()), lengths),
            split(torch.zeros(ones.length), ones));
  }

  private IValue split(Tensor row, long[] lengths) {
    return function("split")
        .apply(new IValueVector(new IValue(row), new IValue(Tensor.create(lengths))));
  }

  private Function function(String name) {
    return script.find_function(new QualifiedName(name));
  }

  @Override
  public void step() {
    step.apply(arguments).close();
  }

  @Override
  public float[] parameters(int tensor) {
    return LibtorchPeers.floats(parameters);
  }

  @Override
  public void close() {
    arguments.close();
    parameters.close();
    script.close();
  }
}
