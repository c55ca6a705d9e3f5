package dev.rootmean.pytorch;

import dev.rootmean.DataType;
import dev.rootmean.ForeignMemory;
import dev.rootmean.Optimizer;
import dev.rootmean.OptimizerBuilder;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.Layout;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A parameter of a module, and the gradient that autograd leaves beside it. */
abstract class TorchParameter implements AutoCloseable {
  private final String name;
  private final DataType type;
  private final ScalarType torchType;
  private final Tensor tensor;
  private final ForeignMemory place;
  private final String built;
  private boolean taken; // a gradient since the last step
  private Tensor contiguous; // the gradient of this step, if it had to be laid out anew

  TorchParameter(String name, Tensor tensor, DataType type) {
    this.name = name;
    this.type = type;
    this.torchType = tensor.scalar_type().intern();
    this.tensor = new Tensor(tensor).retainReference(); // outlives the caller's scope and module
    this.place = memory(this.tensor);
    this.built = describe(tensor);
  }

  /** The type of a tensor that can be a parameter. */
  static DataType requireParameter(String name, Tensor tensor) {
    require(tensor.defined(), name, "undefined", "a tensor");
    require(tensor.is_leaf(), name, "the result of an operation", "a leaf, which gets a gradient");
    boolean reachable = tensor.is_cpu() || tensor.is_cuda();
    require(reachable, name, "on " + device(tensor), "one on cpu or cuda");
    Layout layout = tensor.layout().intern();
    require(layout == Layout.Strided, name, layout.toString(), "a dense one");
    require(tensor.numel() > 0, name, "empty", "at least one element");
    require(tensor.is_contiguous(), name, "not contiguous", "one that is, such as contiguous()");
    return switch (tensor.scalar_type().intern()) {
      case Float -> DataType.FLOAT32;
      case Double -> DataType.FLOAT64;
      case Half, BFloat16 ->
          throw refused(
              name, "a " + tensor.scalar_type(), "a Float, as 16 bits would lose most steps");
      default -> throw refused(name, "a " + tensor.scalar_type(), "a Float or a Double");
    };
  }

  private static void require(boolean holds, String name, String given, String expected) {
    if (!holds) {
      throw refused(name, given, expected);
    }
  }

  private static IllegalArgumentException refused(String name, String given, String expected) {
    return new IllegalArgumentException(
        "parameter \"" + name + "\" is " + given + ": expected " + expected);
  }

  private static String device(Tensor tensor) {
    return tensor.device().str().getString();
  }

  /** Refuses to be beside another that is this tensor too, of another type, or partly the same. */
  final void requireBeside(TorchParameter other) {
    String quoted = "\"" + other.name + "\"";
    require(!tensor.is_same(other.tensor), name, quoted + " too", "each tensor once");
    require(type == other.type, name, "a " + type, "a " + other.type + " as " + quoted + " is");
    boolean overlaps = place.overlaps(0, place.length(), other.place, 0, other.place.length());
    require(!overlaps, name, "memory that " + quoted + " has too", "memory of its own");
  }

  final String name() {
    return name;
  }

  final Tensor tensor() {
    return tensor;
  }

  final long[] shape() {
    return LongStream.range(0, tensor.dim()).map(tensor::size).toArray();
  }

  /** Where the tensor was when this was made. */
  final ForeignMemory place() {
    return place;
  }

  /** Where a tensor of this one's type lies. */
  final ForeignMemory memory(Tensor of) {
    long address = of.data_ptr().address();
    return of.is_cuda()
        ? ForeignMemory.cuda(of.device().index(), address, type, of.numel(), tensor)
        : ForeignMemory.host(address, type, of.numel(), tensor);
  }

  /** Lets the optimizer have this step's or micro-batch's gradient, if there is one. */
  final boolean takeGradient(Optimizer optimizer) {
    Tensor gradient = tensor.grad(); // a view: torch keeps what it refers to
    boolean isThere = gradient.defined();
    if (isThere || taken) {
      bring(optimizer);
    }
    if (!isThere) {
      return false;
    }
    requireLikeThis(gradient);
    if (!gradient.is_contiguous()) {
      contiguous = gradient.contiguous();
      gradient = contiguous;
    }
    take(gradient, optimizer);
    taken = true;
    return true;
  }

  /** Has the optimizer see the parameters as they are now. */
  final void bring(Optimizer optimizer) {
    requireAsBuilt();
    bringParameters(optimizer);
  }

  /** Refuses a tensor that has become another, whose memory would be taken for what it was. */
  void requireAsBuilt() {
    boolean isThere =
        place.kind() == ForeignMemory.Kind.CUDA
            ? tensor.is_cuda() && tensor.device().index() == place.device()
            : tensor.is_cpu();
    if (!isThere
        || tensor.numel() != place.length()
        || tensor.scalar_type().intern() != torchType
        || !tensor.is_contiguous()) {
      String laidOut = tensor.is_contiguous() ? "" : ", not contiguous";
      throw changed("is now " + describe(tensor) + laidOut + ": expected " + built);
    }
  }

  final IllegalStateException changed(String how) {
    return new IllegalStateException(
        "parameter \""
            + name
            + "\" "
            + how
            + "; load and move modules before their optimizer is built");
  }

  private void requireLikeThis(Tensor gradient) {
    String wrong = null;
    if (gradient.is_sparse()) {
      wrong = "sparse: expected a dense one";
    } else if (gradient.numel() != tensor.numel()
        || gradient.scalar_type().intern() != torchType
        || gradient.is_cuda() != tensor.is_cuda()) {
      wrong = describe(gradient) + ": expected " + describe(tensor) + " as it has";
    }
    if (wrong != null) {
      throw new IllegalArgumentException("the gradient of \"" + name + "\" is " + wrong);
    }
  }

  private static String describe(Tensor tensor) {
    return tensor.numel() + " of " + tensor.scalar_type() + " on " + device(tensor);
  }

  /** After a step: torch has what was stepped from here on. */
  final void giveBack(Optimizer optimizer) {
    if (taken) {
      follow(optimizer, false);
    }
  }

  /**
   * Has torch see what the optimizer has made of the parameters.
   *
   * @param isGathered whether it has a gradient for its next step already
   */
  final void follow(Optimizer optimizer, boolean isGathered) {
    giveParameters(optimizer);
    taken = isGathered;
  }

  final void releaseGradient() {
    if (contiguous != null) {
      contiguous.close();
      contiguous = null;
    }
  }

  final void zeroGradient(boolean setToNone) {
    if (!tensor.grad().defined()) {
      return;
    }
    Tensor gradient = tensor.mutable_grad();
    if (setToNone) {
      gradient.reset();
    } else {
      gradient.detach_().zero_();
    }
  }

  /** Adds this parameter to the group that was begun last. */
  abstract void addTo(OptimizerBuilder optimizer);

  /** Has the next step change the parameters as they are now. */
  abstract void bringParameters(Optimizer optimizer);

  /** Has the next step read a contiguous gradient. */
  abstract void take(Tensor gradient, Optimizer optimizer);

  /** Copies the parameters to torch's memory, unless they are there. */
  abstract void giveParameters(Optimizer optimizer);

  @Override
  public void close() {
    tensor.releaseReference();
  }
}
