package dev.rootmean.pytorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Torch's current CUDA stream. The default one takes turns with a backend's by itself, since it is
 * CUDA's legacy default stream; any other would need events. No GPU has run this.
 */
final class CurrentStream {
  private CurrentStream() {}

  static void requireDefault(Tensor tensor) {
    if (!tensor.is_cuda()) {
      return;
    }
    byte device = tensor.device().index();
    try (CUDAStream stream = torch_cuda.getCurrentCUDAStream(device)) {
      if (stream.id() != 0) {
        throw new IllegalStateException(
            "torch's current stream on cuda:"
                + device
                + " is "
                + stream.id()
                + ": expected the default one, 0, while the optimizer steps");
      }
    }
  }
}
